//! Graphs: of a job, and of a run with the states of its steps.

use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use metier_core::{Fault, RunId, Timestamp};
use metier_http::{Caller, Json, Path, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::{
    domain::workflow::{
        document::{Step, Work},
        graph::{self, Format},
    },
    ops::{
        Engine, jobs, runs,
        workflows::view::{self, Graph, StepView},
    },
    store::workflows::read::ChildRow,
};

/// How a graph is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GraphQuery {
    /// `mermaid` or `dot` for a text in that language; JSON when absent.
    #[param(example = "mermaid")]
    format: Option<String>,
}

impl GraphQuery {
    /// The language; `None` for JSON.
    fn language(&self) -> Result<Option<Format>, Fault> {
        match self.format.as_deref() {
            None | Some("json") => Ok(None),
            Some("mermaid") => Ok(Some(Format::Mermaid)),
            Some("dot") => Ok(Some(Format::Dot)),
            Some(_) => Err(Fault::invalid("format", "must be json, mermaid or dot")),
        }
    }
}

fn text(drawn: String) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], drawn).into_response()
}

/// A run with its steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunGraph {
    /// The run.
    #[schema(format = "uuid")]
    run: String,
    /// Its number.
    number: i64,
    /// Its state.
    #[schema(example = "running")]
    state: String,
    /// Name of the workflow.
    #[schema(example = "nightly-load")]
    workflow: String,
    /// The version that it executes.
    version: i64,
    /// What it was given.
    #[schema(value_type = Object)]
    inputs: Value,
    /// What it gave, once it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outputs: Option<Value>,
    /// Its steps, in order: `steps`, `on_failure`, `finally`.
    steps: Vec<StepBody>,
}

/// A step.
#[derive(Debug, Serialize, ToSchema)]
struct StepBody {
    /// Its name.
    #[schema(example = "load")]
    name: String,
    /// Position of its task in the run.
    index: usize,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// `steps`, `on_failure` or `finally`.
    phase: String,
    /// `kind`, `workflow`, `timer`, `signal` or `approval`.
    #[serde(rename = "type")]
    kind: String,
    /// What it does, in a word or two.
    #[schema(example = "fibonacci, for each")]
    does: String,
    /// The signal that it waits for, where it waits for one.
    #[schema(example = "stock-counted")]
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<String>,
    /// Steps that have to end first.
    needs: Vec<String>,
    /// In a run: `waiting`, `running`, `succeeded`, `failed`, `timed_out`, `cancelled` or `skipped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// What it waits for, or why it ended otherwise than well.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Stable code of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    begun_at: Option<Timestamp>,
    /// Until when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    due_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    ended_at: Option<Timestamp>,
    /// The runs it started, at most a hundred of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<StepRun>,
    /// How many runs it started.
    run_count: usize,
}

/// A run that a step started.
#[derive(Debug, Serialize, ToSchema)]
struct StepRun {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Its number.
    number: i64,
    /// For which element.
    position: i64,
    /// Its state.
    #[schema(example = "succeeded")]
    state: String,
}

impl From<ChildRow> for StepRun {
    fn from(row: ChildRow) -> Self {
        let id = RunId::from_uuid(row.id).to_string();
        Self { id, number: row.number, position: row.position, state: row.state }
    }
}

impl StepBody {
    fn plain(index: usize, step: &Step) -> Self {
        let kind = match &step.work {
            Work::Runs(_) if step.work.workflow().is_some() => "workflow",
            Work::Runs(_) => "kind",
            Work::Timer(_) => "timer",
            Work::Signal { .. } => "signal",
            Work::Approval(_) => "approval",
        };
        Self {
            name: step.name.clone(),
            index,
            description: step.description.clone(),
            phase: step.phase.name().to_owned(),
            kind: kind.to_owned(),
            does: graph::does(step),
            signal: match &step.work {
                Work::Signal { name, .. } => Some(name.clone()),
                _ => None,
            },
            needs: step.needs.clone(),
            state: None,
            reason: None,
            code: None,
            begun_at: None,
            due_at: None,
            ended_at: None,
            runs: Vec::new(),
            run_count: 0,
        }
    }

    fn of_run(index: usize, view: StepView) -> Self {
        Self {
            state: Some(view.state.name().to_owned()),
            reason: view.waits.or(view.row.error_message),
            code: view.row.error_code,
            begun_at: view.row.begun_at.or(view.row.claimed_at).map(Timestamp::from_micros),
            due_at: view.row.due_at.map(Timestamp::from_micros),
            ended_at: view.row.ended_at.map(Timestamp::from_micros),
            runs: view.runs.into_iter().map(StepRun::from).collect(),
            run_count: view.run_count,
            ..Self::plain(index, &view.step)
        }
    }
}

impl From<Graph> for RunGraph {
    fn from(graph: Graph) -> Self {
        Self {
            run: RunId::from_uuid(graph.run.id).to_string(),
            number: graph.run.number,
            state: graph.run.state,
            workflow: graph.workflow.0,
            version: graph.workflow.1,
            inputs: graph.inputs,
            outputs: graph.outputs,
            steps: graph
                .steps
                .into_iter()
                .enumerate()
                .map(|(index, step)| StepBody::of_run(index, step))
                .collect(),
        }
    }
}

/// The steps of a workflow's run: how each stands, why, and the runs it started.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/graph", tag = "workflows", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number"), GraphQuery),
    responses((status = 200, body = RunGraph), (status = 409, description = "no_workflow"))
)]
pub async fn of_run(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
    Query(query): Query<GraphQuery>,
) -> Result<Response, Problem> {
    let language = query.language()?;
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let graph = view::get(&engine, &ctx, run).await.map_err(Fault::from)?;
    Ok(match language {
        Some(format) => text(graph.draw(format)),
        None => Json(RunGraph::from(graph)).into_response(),
    })
}

/// A job's steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobGraph {
    /// In order: `steps`, `on_failure`, `finally`.
    steps: Vec<StepBody>,
}

/// The steps of a job as a graph.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}/graph", tag = "workflows", security(("bearer" = ["jobs:read"])),
    params(("job" = String, Path, description = "Name"), GraphQuery),
    responses((status = 200, body = JobGraph), (status = 409, description = "no_workflow"))
)]
pub async fn of_job(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    Query(query): Query<GraphQuery>,
) -> Result<Response, Problem> {
    let language = query.language()?;
    let document = jobs::workflow(&engine, &ctx, &name).await.map_err(Fault::from)?;
    Ok(match language {
        Some(format) => text(graph::draw(&document, None, format)),
        None => {
            let steps = document.steps.iter().enumerate().map(|(index, step)| StepBody::plain(index, step));
            Json(JobGraph { steps: steps.collect() }).into_response()
        }
    })
}
