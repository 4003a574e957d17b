//! `metier services`: what there is.

use std::{fmt::Write, process::ExitCode};

use serde_json::json;

use super::print;
use crate::{cli::Services, registry::SERVICES};

/// Lists the services with their ports and dependencies.
pub fn list(asked: &Services) -> anyhow::Result<ExitCode> {
    print(&if asked.json { serde_json::to_string_pretty(&rows())? } else { table()? })?;
    Ok(ExitCode::SUCCESS)
}

fn rows() -> Vec<serde_json::Value> {
    let row = |spec: &metier_harness::ServiceSpec| {
        json!({
            "name": spec.name,
            "port": spec.port,
            "depends_on": spec.depends_on,
            "summary": spec.summary,
            "database": spec.migrations.is_some(),
            "public": spec.public,
        })
    };
    SERVICES.iter().map(row).collect()
}

fn table() -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{:<12} {:>5}  {:<24} SUMMARY", "NAME", "PORT", "DEPENDS ON")?;
    for spec in SERVICES {
        let depends_on = if spec.depends_on.is_empty() { "-".to_owned() } else { spec.depends_on.join(", ") };
        writeln!(text, "{:<12} {:>5}  {depends_on:<24} {}", spec.name, spec.port, spec.summary)?;
    }
    Ok(text)
}
