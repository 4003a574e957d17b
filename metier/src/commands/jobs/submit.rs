//! `metier jobs run`.

use std::{process::ExitCode, time::Duration};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{definition, demands::Demands};
use crate::{
    client::{
        Api, Call, Client, ClientError, Done,
        input::{self, When},
    },
    commands::{
        runs::{self, watch},
        uploads,
    },
};

/// `metier jobs run`.
#[derive(Debug, Args)]
pub struct Run {
    /// What to run; `metier jobs list` has the names.
    #[arg(value_name = "NAME")]
    name: String,
    /// Parameters of a single task, or the inputs of a workflow: JSON, @FILE, or - for standard input.
    #[arg(
        long,
        visible_alias = "inputs",
        value_name = "JSON",
        conflicts_with = "items",
        allow_hyphen_values = true
    )]
    parameters: Option<String>,
    /// Parameters of many tasks, one task each: a JSON array or one JSON value a line; @FILE, or - for standard
    /// input.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    items: Option<String>,
    /// Parameters of many tasks in a file, which is uploaded, or the name of an upload: one task for each item of it.
    #[arg(long, value_name = "FILE_OR_NAME", conflicts_with_all = ["items", "parameters"])]
    upload: Option<String>,
    /// When an item is wrong: refuse the run, or skip the item and run the others.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnBadItem::Refuse)]
    on_bad_item: OnBadItem,
    /// Not before: 2026-01-31T08:00:00Z, or a distance such as 10m.
    #[arg(long, value_name = "WHEN", value_parser = When::parse)]
    at: Option<When>,
    /// Submitting twice under one key submits once.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Watch the run until it ends; the exit code is 0 only if it succeeded.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    kind: KindOptions,
}

/// What becomes of a run when an item of it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnBadItem {
    /// None of them runs.
    Refuse,
    /// The others run.
    Skip,
}

/// What a job has of its own and a kind is told.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = "For a kind; a job has its own")]
struct KindOptions {
    /// Its version; the newest when not given.
    #[arg(long, value_name = "VERSION")]
    kind_version: Option<i64>,
    /// The queue to wait in; `default` when not given.
    #[arg(long)]
    queue: Option<String>,
    /// From -100 to 100; higher goes first.
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i64>,
    /// Tries of each task; the kind's when not given.
    #[arg(long, value_name = "TRIES")]
    max_attempts: Option<i64>,
    /// Longest try, such as 30s; the kind's when not given.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    #[command(flatten)]
    demands: Demands,
}

/// Submits a run of a job or else of a kind, and watches it if that is wanted.
pub async fn run(client: &mut Client, asked: Run) -> Done {
    let work = Work::read(&asked)?.uploaded(&client.api).await?;
    let mut call = match is_job(&client.api, &asked.name).await? {
        true => of_job(&asked, work, &client.api)?,
        false => Call::post(&["runs"]).json(kind_body(&asked, work, &client.api)),
    };
    if let Some(key) = &asked.idempotency_key {
        call = call.header("idempotency-key", key);
    }
    let answer = client.api.send(&call).await.map_err(|error| explained(error, &asked.name))?;
    let run: runs::Run = client.api.read(answer.clone())?;
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
    if run.bad_items > 0 {
        let (count, number) = (run.bad_items, run.number);
        client
            .screen
            .note(&format!("{count} items were wrong and left out: `metier runs bad-items {number}`"));
    }
    client.screen.note(&format!("watch it with `metier runs watch {}`", run.number));
    Ok(ExitCode::SUCCESS)
}

/// What there is to do, read before anything is asked of the server.
enum Work {
    /// A single task without parameters of its own.
    Plain,
    /// A single task.
    One(Value),
    /// One task each.
    Many(Vec<Value>),
    /// One task for each item of a file here, or of an upload.
    Upload(String),
}

impl Work {
    fn read(asked: &Run) -> Result<Self, ClientError> {
        if let Some(upload) = &asked.upload {
            return Ok(Self::Upload(upload.clone()));
        }
        match (&asked.parameters, &asked.items) {
            (_, Some(items)) => Ok(Self::Many(input::json_items(items, "--items")?)),
            (Some(parameters), None) => Ok(Self::One(input::json(parameters, "--parameters")?)),
            (None, None) => Ok(Self::Plain),
        }
    }

    /// The same, a file here uploaded.
    async fn uploaded(self, api: &Api) -> Result<Self, ClientError> {
        match self {
            Self::Upload(file_or_name) => Ok(Self::Upload(uploads::named(api, &file_or_name).await?)),
            other => Ok(other),
        }
    }
}

/// Whether that is the name of a job. Who may not see jobs can still run kinds.
async fn is_job(api: &Api, name: &str) -> Result<bool, ClientError> {
    match definition::find(api, name).await {
        Err(error) if error.status() == Some(403) => Ok(false),
        found => Ok(found?.is_some()),
    }
}

fn of_job(asked: &Run, work: Work, api: &Api) -> Result<Call, ClientError> {
    if asked.kind != KindOptions::default() {
        return Err(ClientError::usage(format!(
            "{} is a job, which has its own version, queue, priority, attempts, timeout and demands; change those with `metier jobs define`",
            asked.name
        )));
    }
    let mut body = match work {
        Work::Plain => json!({}),
        Work::One(parameters) => json!({ "items": [parameters] }),
        Work::Many(items) => json!({ "items": items }),
        Work::Upload(name) => json!({ "upload": name }),
    };
    add_choice(&mut body, asked);
    add_moment(&mut body, asked, api);
    Ok(Call::post(&["jobs", &asked.name, "runs"]).json(body))
}

fn kind_body(asked: &Run, work: Work, api: &Api) -> Value {
    let mut body = match work {
        Work::Plain => json!({ "kind": asked.name, "parameters": {} }),
        Work::One(parameters) => json!({ "kind": asked.name, "parameters": parameters }),
        Work::Many(items) => json!({ "kind": asked.name, "items": items }),
        Work::Upload(name) => json!({ "kind": asked.name, "upload": name }),
    };
    add_choice(&mut body, asked);
    add_moment(&mut body, asked, api);
    let options = &asked.kind;
    options.demands.add_to(&mut body);
    let timeout_ms = options.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX));
    let given = [
        ("kind_version", options.kind_version.map(Value::from)),
        ("queue", options.queue.clone().map(Value::from)),
        ("priority", options.priority.map(Value::from)),
        ("max_attempts", options.max_attempts.map(Value::from)),
        ("timeout_ms", timeout_ms.map(Value::from)),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    body
}

fn add_choice(body: &mut Value, asked: &Run) {
    if asked.on_bad_item == OnBadItem::Skip {
        body["on_bad_item"] = json!("skip");
    }
}

fn add_moment(body: &mut Value, asked: &Run, api: &Api) {
    if let Some(at) = asked.at {
        body["run_at"] = json!(at.ahead_of(api.now()).to_string());
    }
}

/// An unknown name is most often a slip, and wrong parameters come from not knowing which there are.
fn explained(error: ClientError, name: &str) -> ClientError {
    let code = match &error {
        ClientError::Refused(refusal) => refusal.problem.code.clone(),
        _ => return error,
    };
    match &*code {
        "unknown_kind" => ClientError::Failed(format!(
            "there is no job and no kind {name}; `metier jobs list` shows those there are"
        )),
        "idempotency_key_reused" => error.with_advice(
            "a distance in --at counts from now, which makes each request another one; give a moment instead"
                .into(),
        ),
        "invalid_parameters" => error.with_advice(format!("`metier kinds show {name}` says what it takes")),
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
        #[command(flatten)]
        run: Run,
    }

    fn asked(line: &[&str]) -> Run {
        Line::try_parse_from(["run"].iter().chain(line)).unwrap().run
    }

    fn api() -> (Api, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_seconds(1_000));
        (crate::client::testing::api("http://127.0.0.1:1", folder.path(), clock), folder)
    }

    fn body_of(line: &[&str]) -> Value {
        let asked = asked(line);
        kind_body(&asked, Work::read(&asked).unwrap(), &api().0)
    }

    #[test]
    fn only_what_was_said_is_sent() {
        assert_eq!(body_of(&["fibonacci"]), json!({ "kind": "fibonacci", "parameters": {} }));
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
            "--max-attempts",
            "7",
            "--kind-version",
            "3",
            "--requires",
            "gpu",
            "--requires",
            "eu",
            "--limit",
            "board:eures",
        ];
        let expected = json!({
            "kind": "fibonacci", "priority": -5, "items": [1, 2], "queue": "slow", "max_attempts": 7,
            "run_at": "1970-01-01T00:18:10Z", "timeout_ms": 120_000, "kind_version": 3,
            "requires": ["gpu", "eu"], "limits": [{ "key": "board:eures" }],
        });
        assert_eq!(body_of(&line), expected);
    }

    #[test]
    fn an_upload_is_named_and_its_bad_items_may_be_left_out() {
        let expected = json!({ "kind": "fibonacci", "upload": "file-1.json", "on_bad_item": "skip" });
        assert_eq!(body_of(&["fibonacci", "--upload", "file-1.json", "--on-bad-item", "skip"]), expected);
    }

    #[test]
    fn parameters_and_items_exclude_each_other() {
        let line = ["run", "fibonacci", "--parameters", "{}", "--items", "[]"];
        assert!(Line::try_parse_from(line).is_err());
    }

    #[test]
    fn a_job_takes_no_option_that_it_has_of_its_own() {
        let error = of_job(&asked(&["nightly", "--queue", "slow"]), Work::Plain, &api().0).unwrap_err();
        assert!(error.to_string().contains("metier jobs define"), "{error}");
        assert!(of_job(&asked(&["nightly", "--at", "1h"]), Work::Many(vec![json!({})]), &api().0).is_ok());
    }
}
