//! `metier demo`: away with what was invented.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::sources;
use crate::client::{Call, Client, Done, screen::text};

/// What to do with the demo.
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Remove every source of invented postings, with the postings.
    Remove,
}

/// Removes every source that says of itself that its postings are invented.
pub async fn run(client: &mut Client, DemoCommand::Remove: DemoCommand) -> Done {
    let sources = sources::all(&client.api).await?;
    let mut gone = Vec::new();
    for source in sources.into_iter().filter(|source| source.demo) {
        let answer = client.api.send(&Call::delete(&["sources", &source.name])).await?;
        if !client.screen.is_json() {
            client.screen.line(&sources::removed(&text::clean(&source.name), &answer))?;
        }
        gone.push(source.name);
    }
    if client.screen.is_json() {
        client.screen.json(&json!({ "removed": gone }))?;
    } else if gone.is_empty() {
        client.screen.line("there is no source of invented postings")?;
    }
    Ok(ExitCode::SUCCESS)
}
