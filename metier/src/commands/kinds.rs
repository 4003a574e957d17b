//! `metier kinds`: what tasks can do, as the workers have registered it.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{
    Call, Client, Done,
    screen::{Cell, Table, text},
};

/// What to do with kinds.
#[derive(Debug, Subcommand)]
pub enum KindsCommand {
    /// List the kinds.
    List,
    /// Show a kind with the parameters it takes.
    Show {
        /// Its name.
        kind: String,
    },
}

/// A kind as the API gives it, as far as it is shown.
#[derive(Debug, Deserialize)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: i64,
    /// What it does.
    pub description: String,
    #[serde(default)]
    parameter_schema: Value,
    #[serde(default)]
    permissions: Vec<String>,
    timeout_ms: u64,
    max_attempts: i64,
}

/// Lists or shows.
pub async fn run(client: &mut Client, command: KindsCommand) -> Done {
    match command {
        KindsCommand::List => list(client).await,
        KindsCommand::Show { kind } => show(client, &kind).await,
    }
}

async fn list(client: &mut Client) -> Done {
    let answer = client.api.send(&Call::get(&["kinds"])).await?;
    let kinds: Vec<Kind> = client.api.read(answer.clone())?;
    let mut table = Table::new(&["KIND", "VERSION", "DESCRIPTION"]);
    for kind in kinds {
        table.row([Cell::text(kind.name), Cell::number(kind.version), Cell::text(kind.description)]);
    }
    if table.is_empty() {
        client.screen.note("nothing can be run yet: no worker has registered a kind");
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

async fn show(client: &mut Client, kind: &str) -> Done {
    let answer = client.api.send(&Call::get(&["kinds", kind])).await?;
    let kind: Kind = client.api.read(answer.clone())?;
    let schema = serde_json::to_string_pretty(&kind.parameter_schema).unwrap_or_default();
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("kind", Cell::text(&kind.name)),
            ("version", Cell::text(kind.version.to_string())),
            ("description", Cell::text(&kind.description)),
            ("permissions", Cell::text(kind.permissions.join(", "))),
            ("timeout", Cell::text(text::duration(Duration::from_millis(kind.timeout_ms)))),
            ("attempts", Cell::text(kind.max_attempts.to_string())),
        ])?;
        screen.line("parameters, as JSON Schema:")?;
        screen.line(&text::clean_lines(&schema))
    })?;
    Ok(ExitCode::SUCCESS)
}
