//! `metier sources schedule`: the schedule `sync-<source>`, made, changed, deleted or shown.

use std::process::ExitCode;

use clap::Args;
use metier_contract_postings::schedule::{cron, definition, every, name};
use serde_json::{Value, json};

use crate::{
    client::{Call, Client, ClientError, Done, screen::text},
    commands::schedules,
};

/// `metier sources schedule`.
#[derive(Debug, Args)]
pub struct Schedule {
    /// The source.
    source: String,
    /// At clock times: a cron expression of five fields, or six with seconds first.
    #[arg(long, value_name = "EXPRESSION", group = "when")]
    cron: Option<String>,
    /// The zone whose clock the expression means.
    #[arg(long, default_value = "UTC", value_name = "ZONE", requires = "cron")]
    zone: String,
    /// Again and again, such as 6h.
    #[arg(long, value_name = "DURATION", group = "when")]
    every: Option<String>,
    /// No more by itself.
    #[arg(long, group = "when")]
    off: bool,
}

/// Does it.
pub async fn schedule(client: &mut Client, asked: Schedule) -> Done {
    // What is not there says so itself, rather than that it has no schedule.
    client.api.send(&Call::get(&["sources", &asked.source])).await?;
    let name = name(&asked.source);
    let trigger = match (&asked.cron, &asked.every) {
        (Some(expression), _) => cron(expression, &asked.zone),
        (None, Some(interval)) => every(interval),
        (None, None) if asked.off => return off(client, &asked.source, &name).await,
        (None, None) => return show(client, &asked.source, &name).await,
    };
    let mut body = definition(&asked.source, trigger);
    body["name"] = json!(name);
    let known = find(client, &name).await?.is_some();
    let call = match known {
        true => Call::put(&["schedules", &name]).header("if-match", "*"),
        false => Call::post(&["schedules"]),
    };
    let answer = client.api.send(&call.json(body)).await?;
    say(client, &asked.source, answer)
}

async fn show(client: &mut Client, source: &str, name: &str) -> Done {
    match find(client, name).await? {
        Some(answer) => say(client, source, answer),
        None => tell_off(client, source, "is synced when somebody asks for it"),
    }
}

async fn off(client: &mut Client, source: &str, name: &str) -> Done {
    if find(client, name).await?.is_some() {
        client.api.send(&Call::delete(&["schedules", name]).header("if-match", "*")).await?;
    }
    tell_off(client, source, "is no longer synced by itself")
}

fn tell_off(client: &mut Client, source: &str, said: &str) -> Done {
    let line = format!("{} {said}", text::clean(source));
    client.screen.answer(&json!({ "source": source, "schedule": null }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

fn say(client: &mut Client, source: &str, answer: Value) -> Done {
    let schedule: schedules::Schedule = client.api.read(answer.clone())?;
    let line = format!("{} is synced {}", text::clean(source), schedule.told());
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

async fn find(client: &Client, name: &str) -> Result<Option<Value>, ClientError> {
    match client.api.send(&Call::get(&["schedules", name])).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}
