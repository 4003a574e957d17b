//! `metier jobs validate`, `metier jobs graph`, and defining a job by a file.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{
    Call, Client, ClientError, Done, input,
    screen::{Cell, Table, text},
};

/// `metier jobs validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// A workflow in YAML or JSON; - for standard input.
    file: String,
}

/// `metier jobs graph`.
#[derive(Debug, Args)]
pub struct JobGraph {
    /// Its name.
    job: String,
    /// A language for graphs, in place of a table.
    #[arg(long, value_enum)]
    format: Option<GraphFormat>,
}

/// A language for graphs.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum GraphFormat {
    /// For documents and the web.
    Mermaid,
    /// For Graphviz.
    Dot,
}

impl GraphFormat {
    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
        }
    }
}

#[derive(Deserialize)]
struct Validation {
    valid: bool,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    #[serde(default)]
    step: Option<String>,
    path: String,
    message: String,
}

/// Says what is wrong with a workflow; the exit code is 0 only if nothing is.
pub async fn validate(client: &mut Client, asked: Validate) -> Done {
    let document = input::document(&asked.file)?;
    let answer = client.api.send(&Call::post(&["workflows", "validate"]).json(document)).await?;
    let validation: Validation = client.api.read(answer.clone())?;
    let mut table = Table::new(&["STEP", "WHERE", "WHAT IS WRONG"]);
    for finding in &validation.findings {
        table.row([
            Cell::maybe(finding.step.clone()),
            Cell::text(&finding.path),
            Cell::text(&finding.message),
        ]);
    }
    client.screen.answer(&answer, |screen| match validation.valid {
        true => screen.line("nothing is wrong with it"),
        false => screen.table(&table),
    })?;
    Ok(if validation.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A step as the API gives it.
#[derive(Debug, Deserialize)]
struct Step {
    name: String,
    phase: String,
    does: String,
    needs: Vec<String>,
}

#[derive(Deserialize)]
struct Graph {
    steps: Vec<Step>,
}

/// Shows the steps of a job.
pub async fn graph(client: &mut Client, asked: JobGraph) -> Done {
    let call = Call::get(&["jobs", &asked.job, "graph"]).query("format", asked.format.map(GraphFormat::name));
    let answer = client.api.send(&call).await?;
    if let Value::String(drawn) = &answer {
        client.screen.line(drawn.trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let graph: Graph = client.api.read(answer.clone())?;
    let mut table = Table::new(&["STEP", "PART", "DOES", "NEEDS"]);
    for step in graph.steps {
        let needs = step.needs.join(", ");
        table.row([Cell::text(step.name), Cell::text(step.phase), Cell::text(step.does), Cell::text(needs)]);
    }
    client.screen.answer(&answer, |screen| screen.table(&table))?;
    Ok(ExitCode::SUCCESS)
}

/// What a file says a job is; its name is given beside it.
pub fn body(file: &str, job: &str) -> Result<Value, ClientError> {
    let mut body = input::document(file)?;
    let Some(fields) = body.as_object_mut() else {
        return Err(ClientError::usage(format!("{file} holds no job: a mapping with steps, or with a kind")));
    };
    match fields.remove("name") {
        Some(name) if name != json!(job) => {
            let name = text::clean(name.as_str().unwrap_or_default());
            Err(ClientError::usage(format!("{file} is of a job named {name}, not {job}")))
        }
        _ => Ok(body),
    }
}
