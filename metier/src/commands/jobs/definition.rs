//! `metier jobs show`, `define` and `remove`.

use std::{process::ExitCode, time::Duration};

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{demands::Demands, workflow};
use crate::{
    client::{
        Api, Call, Client, ClientError, Done, input,
        screen::{Cell, text},
    },
    commands::runs::KindRef,
};

/// `metier jobs define`.
#[derive(Debug, Args)]
pub struct Define {
    /// Its name: letters, digits, - _ and .
    job: String,
    /// What its tasks do; `metier kinds list` has the names.
    #[arg(long, required_unless_present = "file")]
    kind: Option<String>,
    /// A whole job in YAML or JSON, such as a workflow with its steps; - for standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "description", "parameters", "queue", "priority", "max_attempts", "timeout"])]
    file: Option<String>,
    /// What it is for.
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// Parameters that every task starts from: JSON, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON")]
    parameters: Option<String>,
    /// The queue its runs wait in.
    #[arg(long, default_value = "default")]
    queue: String,
    /// From -100 to 100; higher goes first.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i64,
    /// Tries of each task; the kind's when not given.
    #[arg(long, value_name = "TRIES")]
    max_attempts: Option<i64>,
    /// Longest try, such as 30s; the kind's when not given.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// Days its ended runs stay; as long as the installation says when not given.
    #[arg(long, value_name = "DAYS")]
    keep_days: Option<i64>,
    /// Ended runs of it that stay, the newest; all when not given.
    #[arg(long, value_name = "RUNS")]
    keep_runs: Option<i64>,
    #[command(flatten)]
    demands: Demands,
}

/// A job as the API gives it, as far as it is shown.
#[derive(Debug, Deserialize)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// Each change is a new one.
    pub version: i64,
    /// What it is for.
    pub description: String,
    /// What its tasks do.
    pub kind: KindRef,
    parameters: Value,
    queue: String,
    priority: i64,
    #[serde(default)]
    requires: Vec<String>,
    #[serde(default)]
    limits: Vec<KeyRef>,
    #[serde(default)]
    max_attempts: Option<i64>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    keep_days: Option<i64>,
    #[serde(default)]
    keep_runs: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct KeyRef {
    key: String,
}

/// Shows a job.
pub async fn show(client: &mut Client, name: &str) -> Done {
    let answer = client.api.send(&Call::get(&["jobs", name])).await?;
    let job: Job = client.api.read(answer.clone())?;
    let timeout = job.timeout_ms.map(|millis| text::duration(Duration::from_millis(millis)));
    client.screen.answer(&answer, |screen| {
        screen.fields(vec![
            ("job", Cell::text(&job.name)),
            ("version", Cell::text(job.version.to_string())),
            ("description", Cell::text(&job.description)),
            ("kind", Cell::text(job.kind.to_string())),
            ("parameters", Cell::text(job.parameters.to_string())),
            ("queue", Cell::text(format!("{}, priority {}", job.queue, job.priority))),
            ("requires", Cell::text(job.requires.join(", "))),
            ("limit", Cell::maybe(job.limits.first().map(|limit| &limit.key))),
            ("attempts", Cell::maybe(job.max_attempts)),
            ("timeout", Cell::maybe(timeout)),
            ("kept days", Cell::maybe(job.keep_days)),
            ("kept runs", Cell::maybe(job.keep_runs)),
        ])
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The job of that name, if there is one.
pub async fn find(api: &Api, name: &str) -> Result<Option<Job>, ClientError> {
    match api.fetch(&Call::get(&["jobs", name])).await {
        Ok(job) => Ok(Some(job)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes the job, or its next version.
pub async fn define(client: &mut Client, asked: Define) -> Done {
    let mut body = match &asked.file {
        Some(file) => workflow::body(file, &asked.job)?,
        None => body(&asked)?,
    };
    let call = match find(&client.api, &asked.job).await? {
        // Only over the version just seen: two people who define at once do not undo each other.
        Some(job) => Call::put(&["jobs", &asked.job]).header("if-match", format!("\"{}\"", job.version)),
        None => {
            body["name"] = json!(asked.job);
            Call::post(&["jobs"])
        }
    };
    let answer = client.api.send(&call.json(body)).await?;
    let job: Job = client.api.read(answer.clone())?;
    let line = format!("{} is version {} of a job of {}", text::clean(&job.name), job.version, job.kind);
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    client.screen.note(&format!("run it with `metier jobs run {}`", text::clean(&job.name)));
    Ok(ExitCode::SUCCESS)
}

fn body(asked: &Define) -> Result<Value, ClientError> {
    let parameters = asked.parameters.as_deref().map(|text| input::json(text, "--parameters")).transpose()?;
    let mut body = json!({
        "kind": asked.kind,
        "description": asked.description,
        "parameters": parameters.unwrap_or_else(|| json!({})),
        "queue": asked.queue,
        "priority": asked.priority,
    });
    if let Some(attempts) = asked.max_attempts {
        body["max_attempts"] = attempts.into();
    }
    for (name, value) in [("keep_days", asked.keep_days), ("keep_runs", asked.keep_runs)] {
        if let Some(value) = value {
            body[name] = value.into();
        }
    }
    if let Some(timeout) = asked.timeout {
        body["timeout_ms"] = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).into();
    }
    asked.demands.add_to(&mut body);
    Ok(body)
}

/// Ends a job.
pub async fn remove(client: &mut Client, name: &str) -> Done {
    client.api.send(&Call::delete(&["jobs", name])).await?;
    let line = format!("removed the job {}; its runs stay", text::clean(name));
    client.screen.answer(&json!({ "name": name, "removed": true }), |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}
