//! `metier config`: what the settings are, and what is wrong with them.

use std::process::ExitCode;

use metier_config::{Finding, Loader, Severity};
use metier_harness::Settings;

use super::{WRONG_SETTINGS, print};
use crate::{
    cli::{Config, ConfigCommand, SettingsArgs},
    registry::SERVICES,
    settings,
};

/// Checks or prints.
pub fn run(given: &SettingsArgs, asked: &Config) -> anyhow::Result<ExitCode> {
    let mut loader = settings::loader(given);
    let unknown = read_all(&mut loader);
    match asked.command {
        ConfigCommand::Check { json } => check([loader.check(), unknown].concat(), json),
        ConfigCommand::Print { json } => {
            let effective = loader.effective();
            let tree = serde_json::Value::Object(effective.tree().clone());
            print(&if json { serde_json::to_string_pretty(&tree)? } else { effective.to_toml() })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Every section is asked for; what is wrong with one is kept by the loader and told with the rest. Answers
/// what the loader cannot know: services that do not exist.
pub fn read_all(loader: &mut Loader) -> Vec<Finding> {
    let _told_later = settings::log(loader);
    let process = Settings::read(loader);
    for spec in SERVICES {
        let _told_later = (spec.configure)(loader);
    }
    let placed = process.map(|process| process.services).unwrap_or_default();
    placed.into_keys().filter(|name| SERVICES.iter().all(|spec| spec.name != name)).map(unknown).collect()
}

fn unknown(name: String) -> Finding {
    let known: Vec<_> = SERVICES.iter().map(|spec| spec.name).collect();
    Finding {
        severity: Severity::Error,
        message: format!("no service is named {name}; there are {}", known.join(", ")),
        key: format!("services.{name}"),
        origin: String::new(),
        suggestion: None,
    }
}

fn check(findings: Vec<Finding>, json: bool) -> anyhow::Result<ExitCode> {
    let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
    let said = match (json, findings.is_empty()) {
        (true, _) => serde_json::to_string_pretty(&findings)?,
        (false, true) => "the settings are in order".to_owned(),
        (false, false) => findings.iter().map(|finding| format!("{finding}\n")).collect(),
    };
    print(&said)?;
    Ok(if wrong { ExitCode::from(WRONG_SETTINGS) } else { ExitCode::SUCCESS })
}
