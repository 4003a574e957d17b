//! `metier runs graph`, `approve`, `reject` and `signal`.

use std::process::ExitCode;

use clap::Args;
use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    client::{
        Call, Client, Done, input,
        screen::{Cell, Table, text},
    },
    commands::jobs::GraphFormat,
};

/// `metier runs graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// Number or id.
    run: String,
    /// A language for graphs, in place of a table.
    #[arg(long, value_enum)]
    format: Option<GraphFormat>,
}

/// `metier runs approve` and `metier runs reject`.
#[derive(Debug, Args)]
pub struct Decision {
    /// Number or id.
    run: String,
    /// The step that waits for it.
    step: String,
    /// Why.
    #[arg(long, default_value = "", hide_default_value = true)]
    comment: String,
}

/// `metier runs signal`.
#[derive(Debug, Args)]
pub struct Signal {
    /// Number or id.
    run: String,
    /// Its name.
    name: String,
    /// What the step that waits for it gives: JSON, @FILE, or - for standard input.
    #[arg(long, value_name = "JSON", allow_hyphen_values = true)]
    payload: Option<String>,
}

#[derive(Deserialize)]
struct Shown {
    workflow: String,
    version: i64,
    state: String,
    #[serde(default)]
    outputs: Option<Value>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    does: String,
    state: String,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    ended_at: Option<Timestamp>,
    #[serde(default)]
    runs: Vec<StepRun>,
    run_count: usize,
}

#[derive(Deserialize)]
struct StepRun {
    number: i64,
}

impl Step {
    /// Its runs in a few characters.
    fn runs(&self) -> String {
        match (self.runs.as_slice(), self.run_count) {
            ([], _) => String::new(),
            ([run], _) => run.number.to_string(),
            ([first, ..], count) => format!("{count} from {}", first.number),
        }
    }
}

/// Shows how the steps of a run stand.
pub async fn graph(client: &mut Client, asked: Graph) -> Done {
    let call = Call::get(&["runs", &asked.run, "graph"]).query("format", asked.format.map(GraphFormat::name));
    let answer = client.api.send(&call).await?;
    if let Value::String(drawn) = &answer {
        client.screen.line(drawn.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown: Shown = client.api.read(answer.clone())?;
    let mut table = Table::new(&["STEP", "STATE", "DOES", "RUNS", "ENDED", "WHY"]);
    for step in &shown.steps {
        table.row([
            Cell::text(&step.name),
            Cell::text(&step.state),
            Cell::text(&step.does),
            Cell::text(step.runs()),
            Cell::maybe(step.ended_at.map(text::moment)),
            Cell::maybe(step.reason.clone()),
        ]);
    }
    client.screen.answer(&answer, |screen| {
        let workflow = text::clean(&shown.workflow);
        screen.line(&format!("{workflow}, version {}: {}", shown.version, shown.state))?;
        screen.table(&table)?;
        match &shown.outputs {
            Some(outputs) => screen.line(&format!("gave {outputs}")),
            None => Ok(()),
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Approves a step.
pub async fn approve(client: &mut Client, asked: Decision) -> Done {
    decide(client, asked, "approve", "approved").await
}

/// Rejects a step.
pub async fn reject(client: &mut Client, asked: Decision) -> Done {
    decide(client, asked, "reject", "rejected").await
}

async fn decide(client: &mut Client, asked: Decision, verb: &str, done: &str) -> Done {
    let call = Call::post(&["runs", &asked.run, "steps", &asked.step, verb]);
    let answer = client.api.send(&call.json(json!({ "comment": asked.comment }))).await?;
    let line = format!("{done} step {} of run {}", text::clean(&asked.step), text::clean(&asked.run));
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}

/// Sends a signal to a run.
pub async fn signal(client: &mut Client, asked: Signal) -> Done {
    let payload = asked.payload.as_deref().map(|text| input::json(text, "--payload")).transpose()?;
    let call = Call::post(&["runs", &asked.run, "signals", &asked.name]);
    let answer = client.api.send(&call.json(payload.unwrap_or(Value::Null))).await?;
    let line = match answer.get("repeated").and_then(Value::as_bool) {
        Some(true) => "it had been sent before; the first counts".to_owned(),
        _ => format!("sent {} to run {}", text::clean(&asked.name), text::clean(&asked.run)),
    };
    client.screen.answer(&answer, |screen| screen.line(&line))?;
    Ok(ExitCode::SUCCESS)
}
