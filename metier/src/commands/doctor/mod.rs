//! `metier doctor`: finds what is really wrong, and says what to do. It changes nothing, and works whether or not
//! Metier runs.
//!
//! One file for each check, one row for each in [`CHECKS`].

mod certificate;
mod clock;
mod databases;
mod disk;
mod folder;
mod keys;
mod limits;
mod locks;
mod peers;
mod ports;
mod postgres;
mod scene;
mod settings;
#[cfg(test)]
mod testing;

use std::{fmt::Write, path::PathBuf, process::ExitCode};

use clap::Args;
use serde::Serialize;

use self::scene::Scene;
use super::print;
use crate::cli::SettingsArgs;

/// `metier doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// The data folder; that of the settings when not given.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// As JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// Looks at one thing.
struct Check {
    name: &'static str,
    look: fn(&Scene) -> Vec<Finding>,
}

/// Every check, in the order they are told.
const CHECKS: &[Check] = &[
    Check { name: "settings", look: settings::look },
    Check { name: "folder", look: folder::look },
    Check { name: "locks", look: locks::look },
    Check { name: "keys", look: keys::look },
    Check { name: "certificate", look: certificate::look },
    Check { name: "databases", look: databases::look },
    Check { name: "postgres", look: postgres::look },
    Check { name: "clock", look: clock::look },
    Check { name: "ports", look: ports::look },
    Check { name: "peers", look: peers::look },
    Check { name: "disk", look: disk::look },
    Check { name: "limits", look: limits::look },
];

/// Whether something has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Severity {
    /// Good to know.
    Note,
    /// Metier does not work with it, or not for long.
    Wrong,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    severity: Severity,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

impl Finding {
    fn wrong(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Wrong, message: message.into(), remedy: Some(remedy.into()) }
    }

    fn note(message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, message: message.into(), remedy: None }
    }

    fn is_wrong(&self) -> bool {
        self.severity == Severity::Wrong
    }
}

#[derive(Serialize)]
struct Looked {
    check: &'static str,
    ok: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Looked>,
}

/// Looks at everything.
pub fn run(given: &SettingsArgs, asked: &Doctor) -> anyhow::Result<ExitCode> {
    let report = examine(&Scene::open(given, asked.data_dir.as_deref())?);
    print(&if asked.json { serde_json::to_string_pretty(&report)? } else { text(&report)? })?;
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn examine(scene: &Scene) -> Report {
    let look = |check: &Check| {
        let findings = (check.look)(scene);
        Looked { check: check.name, ok: !findings.iter().any(Finding::is_wrong), findings }
    };
    let checks: Vec<_> = CHECKS.iter().map(look).collect();
    Report { ok: checks.iter().all(|looked| looked.ok), checks }
}

fn text(report: &Report) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for Looked { check, ok, findings } in &report.checks {
        writeln!(text, "{check:<11} {}", if *ok { "ok" } else { "WRONG" })?;
        for finding in findings {
            writeln!(text, "            - {}", finding.message)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(text, "              -> {remedy}")?;
            }
        }
    }
    writeln!(text, "{}", if report.ok { "nothing is wrong" } else { "something is wrong; see above" })?;
    Ok(text)
}

/// An error and why, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
