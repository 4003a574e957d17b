//! `metier jobs`: what can be run, and running it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::runs::{Run, watch};
use crate::client::{
    Api, Call, Client, ClientError, Done,
    input::{self, When},
    screen::{Cell, Table, text},
};

/// What to do with jobs.
#[derive(Debug, Subcommand)]
pub enum JobsCommand {
    /// List what can be run.
    List,
    /// Show one kind with the parameters it takes.
    Show {
        /// Its name; `metier jobs list` has them.
        kind: String,
    },
    /// Run something.
    Run(RunJob),
}

/// `metier jobs run`.
#[derive(Debug, Args)]
pub struct RunJob {
    /// What to run; `metier jobs list` has the names.
    kind: String,
    /// Its version; the newest when not given.
    #[arg(long, value_name = "VERSION")]
    kind_version: Option<i64>,
    /// Parameters of a single task: JSON, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON", conflicts_with = "items", allow_hyphen_values = true)]
    parameters: Option<String>,
    /// Parameters of many tasks, one task each: a JSON array or one JSON value a line; @FILE, or - for standard
    /// input.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    items: Option<String>,
    /// The queue to wait in; `default` when not given.
    #[arg(long)]
    queue: Option<String>,
    /// From -100 to 100; higher goes first.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i64,
    /// Not before: 2026-01-31T08:00:00Z, or a distance such as 10m.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    at: Option<When>,
    /// Tries of each task; the kind's when not given.
    #[arg(long, value_name = "TRIES")]
    max_attempts: Option<i64>,
    /// Longest try, such as 30s; the kind's when not given.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<std::time::Duration>,
    /// Submitting twice under one key submits once.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Watch the run until it ends; the exit code is 0 only if it succeeded.
    #[arg(long)]
    wait: bool,
}

#[derive(Debug, Deserialize)]
struct Kind {
    name: String,
    version: i64,
    description: String,
    #[serde(default)]
    parameter_schema: Value,
    #[serde(default)]
    permissions: Vec<String>,
    timeout_ms: u64,
    max_attempts: i64,
}

/// Lists, shows or runs.
pub async fn run(client: &mut Client, command: JobsCommand) -> Done {
    match command {
        JobsCommand::List => list(client).await,
        JobsCommand::Show { kind } => show(client, &kind).await,
        JobsCommand::Run(asked) => submit(client, asked).await,
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
    let timeout = text::duration(std::time::Duration::from_millis(kind.timeout_ms));
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("kind", Cell::text(&kind.name)),
            ("version", Cell::text(kind.version.to_string())),
            ("description", Cell::text(&kind.description)),
            ("permissions", Cell::text(kind.permissions.join(", "))),
            ("timeout", Cell::text(timeout)),
            ("attempts", Cell::text(kind.max_attempts.to_string())),
        ])?;
        screen.line("parameters, as JSON Schema:")?;
        screen.line(&text::clean_lines(&schema))
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn submit(client: &mut Client, asked: RunJob) -> Done {
    let mut call = Call::post(&["runs"]).json(body(&asked, &client.api)?);
    if let Some(key) = &asked.idempotency_key {
        call = call.header("idempotency-key", key);
    }
    let answer = client.api.send(&call).await.map_err(|error| name_kinds(error, &asked.kind))?;
    let run: Run = client.api.read(answer.clone())?;
    if asked.wait {
        return watch::until_ended(client, run.id, watch::Output::Live).await;
    }
    let quiet = client.screen.is_quiet();
    client.screen.answer(&answer, |screen| match quiet {
        true => screen.line(&run.number.to_string()),
        false => {
            screen.line(&format!("run {} of {} with {} is {}", run.number, run.kind, run.extent(), run.state))
        }
    })?;
    client.screen.note(&format!("watch it with `metier runs watch {}`", run.number));
    Ok(ExitCode::SUCCESS)
}

fn body(asked: &RunJob, api: &Api) -> Result<Value, ClientError> {
    let mut body = json!({ "kind": asked.kind, "priority": asked.priority });
    match (&asked.parameters, &asked.items) {
        (_, Some(items)) => body["items"] = input::json_items(items, "--items")?.into(),
        (Some(parameters), None) => body["parameters"] = input::json(parameters, "--parameters")?,
        (None, None) => body["parameters"] = json!({}),
    }
    let timeout_ms = asked.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    let optional = [
        ("kind_version", asked.kind_version.map(Value::from)),
        ("queue", asked.queue.clone().map(Value::from)),
        ("run_at", asked.at.map(|at| at.ahead_of(api.now()).to_string().into())),
        ("max_attempts", asked.max_attempts.map(Value::from)),
        ("timeout_ms", timeout_ms.map(Value::from)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    Ok(body)
}

/// An unknown name is most often a slip.
fn name_kinds(error: ClientError, kind: &str) -> ClientError {
    match &error {
        ClientError::Refused(refusal) if refusal.problem.code == "unknown_kind" => {
            ClientError::Failed(format!("there is no kind {kind}; `metier jobs list` shows those there are"))
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use metier_core::{Clock, Timestamp};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: JobsCommand,
    }

    fn asked(line: &[&str]) -> RunJob {
        let line = ["metier", "run"].into_iter().chain(line.iter().copied());
        match Line::try_parse_from(line).unwrap().command {
            JobsCommand::Run(asked) => asked,
            other => panic!("{other:?}"),
        }
    }

    fn body_of(line: &[&str]) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_seconds(1_000));
        let api = crate::client::testing::api("http://127.0.0.1:1", folder.path(), clock);
        body(&asked(line), &api).unwrap()
    }

    #[test]
    fn only_what_was_said_is_sent() {
        let expected = json!({ "kind": "fibonacci", "priority": 0, "parameters": {} });
        assert_eq!(body_of(&["fibonacci"]), expected);
    }

    #[test]
    fn every_option_reaches_the_request() {
        let line = [
            "fibonacci",
            "--items",
            "[1, 2]",
            "--queue",
            "slow",
            "--priority",
            "-5",
            "--at",
            "90s",
            "--timeout",
            "2m",
        ];
        let expected = json!({
            "kind": "fibonacci", "priority": -5, "items": [1, 2], "queue": "slow",
            "run_at": "1970-01-01T00:18:10Z", "timeout_ms": 120_000,
        });
        assert_eq!(body_of(&line), expected);
    }

    #[test]
    fn parameters_and_items_exclude_each_other() {
        let line = ["metier", "run", "fibonacci", "--parameters", "{}", "--items", "[]"];
        assert!(Line::try_parse_from(line).is_err());
    }
}
