//! `metier services`: what there is.

use std::{fmt::Write, process::ExitCode};

use metier_gateway::Config as GatewayConfig;
use serde_json::{Value, json};

use super::print;
use crate::{
    cli::{Services, SettingsArgs},
    registry::SERVICES,
    settings,
};

/// Lists the services with their ports and dependencies, and OpenJobs' door when the settings open it.
pub fn list(given: &SettingsArgs, asked: &Services) -> anyhow::Result<ExitCode> {
    let gateway = settings::loader(given).section::<GatewayConfig>(metier_gateway::SPEC.name)?;
    let openjobs = gateway.openjobs_listen.map(|address| format!("http://{address}"));
    let openjobs = openjobs.as_deref();
    print(&if asked.json { serde_json::to_string_pretty(&rows(openjobs))? } else { table(openjobs)? })?;
    Ok(ExitCode::SUCCESS)
}

fn rows(openjobs: Option<&str>) -> Vec<Value> {
    let row = |spec: &metier_harness::ServiceSpec| {
        let mut row = json!({
            "name": spec.name,
            "port": spec.port,
            "depends_on": spec.depends_on,
            "summary": spec.summary,
            "database": spec.migrations.is_some(),
            "public": spec.public,
        });
        if let Some(url) = openjobs.filter(|_| spec.public) {
            row["openjobs_url"] = url.into();
        }
        row
    };
    SERVICES.iter().map(row).collect()
}

fn table(openjobs: Option<&str>) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{:<12} {:>5}  {:<24} SUMMARY", "NAME", "PORT", "DEPENDS ON")?;
    for spec in SERVICES {
        let depends_on = if spec.depends_on.is_empty() { "-".to_owned() } else { spec.depends_on.join(", ") };
        writeln!(text, "{:<12} {:>5}  {depends_on:<24} {}", spec.name, spec.port, spec.summary)?;
    }
    if let Some(url) = openjobs {
        writeln!(text, "\nOpenJobs' own routes are at {url}")?;
    }
    Ok(text)
}
