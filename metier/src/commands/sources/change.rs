//! `metier sources add` and `remove`.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};
use url::Url;

use super::Source;
use crate::client::{Call, Client, Done, input, screen::text};

/// `metier sources add`.
#[derive(Debug, Args)]
pub struct Add {
    /// What to call it: letters, digits and -.
    name: String,
    /// Where its plugin answers.
    address: Url,
}

/// `metier sources remove`.
#[derive(Debug, Args)]
pub struct Remove {
    /// Its name.
    source: String,
    /// Do not ask whether it is meant.
    #[arg(long, short)]
    yes: bool,
}

/// Registers a source.
pub async fn add(client: &mut Client, asked: Add) -> Done {
    let body = json!({ "name": asked.name, "url": asked.address });
    let answer = client.api.send(&Call::post(&["sources"]).json(body)).await?;
    let source: Source = client.api.read(answer.clone())?;
    let line = format!("registered {} at {}", text::clean(&source.name), text::clean(&source.url));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    client.screen.note(&format!("fetch from it with `metier sources sync {}`", text::clean(&source.name)));
    Ok(ExitCode::SUCCESS)
}

/// Removes a source.
pub async fn remove(client: &mut Client, asked: Remove) -> Done {
    let name = text::clean(&asked.source);
    if !asked.yes && !input::confirm(&format!("Remove {name} with every posting only it shows?"))? {
        client.screen.note("nothing was done");
        return Ok(ExitCode::SUCCESS);
    }
    let answer = client.api.send(&Call::delete(&["sources", &asked.source])).await?;
    let line = removed(&name, &answer);
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

/// What a removal took along, in words.
pub fn removed(name: &str, answer: &Value) -> String {
    let sightings = answer.get("sightings").and_then(Value::as_i64).unwrap_or_default();
    format!("removed {name} with the {sightings} postings as it showed them")
}
