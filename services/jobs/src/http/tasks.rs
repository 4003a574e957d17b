//! `/api/v1/runs/{run}/tasks`.

use axum::extract::State;
use metier_core::{Fault, Page, Timestamp};
use metier_http::{Caller, Json, List, ListQuery, PageBody, PageQuery, Path, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::runs::Run;
use crate::{
    domain::state::TaskState,
    ops::{
        Engine, runs,
        tasks::{self, TaskView},
    },
    store::{output::Chunk, tasks::AttemptRow},
};

/// A task of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Task {
    /// Position in the run, from 0.
    index: i64,
    /// `waiting`, `ready`, `running`, `succeeded`, `failed`, `timed_out`, `cancelled` or `skipped`.
    state: String,
    /// Its current or latest attempt, from 1.
    attempt: i64,
    /// Its item.
    #[schema(value_type = Object)]
    parameters: Value,
    /// A retry or a delayed start happens no earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
    /// Who works on it, or worked on it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    /// Why its latest attempt did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<TaskError>,
    /// How far the running attempt is, thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Progress>,
    /// When its latest attempt ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    ended_at: Option<Timestamp>,
}

/// Why an attempt did not succeed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskError {
    /// Stable code.
    code: String,
    /// One sentence.
    message: String,
}

/// How far an attempt is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Progress {
    /// 0 to 1000.
    thousandths: i64,
    /// What it is doing.
    message: String,
}

fn error(code: Option<String>, message: Option<String>) -> Option<TaskError> {
    Some(TaskError { code: code?, message: message.unwrap_or_default() })
}

impl From<TaskView> for Task {
    fn from(view: TaskView) -> Self {
        let row = view.row;
        let is_running = view.state == TaskState::Running && row.progress_attempt == Some(view.attempt);
        let progress = row.thousandths.filter(|_| is_running);
        Self {
            index: view.index,
            state: view.state.name().to_owned(),
            attempt: view.attempt,
            parameters: serde_json::from_str(&row.parameters).unwrap_or(Value::Null),
            run_at: row.run_at.map(Timestamp::from_micros),
            worker: view.running_on.or(row.worker),
            error: error(row.error_code, row.error_message),
            progress: progress.map(|thousandths| Progress {
                thousandths,
                message: row.progress_message.unwrap_or_default(),
            }),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        }
    }
}

/// What a list of tasks can be asked for.
pub struct Tasks;

impl List for Tasks {
    const FILTERS: &'static [&'static str] = &["state"];
    const SORTS: &'static [&'static str] = &["index"];
    const DEFAULT_SORT: &'static str = "index";
}

/// List a run's tasks.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/tasks", tag = "runs", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number"), ListQuery<Tasks>), responses((status = 200, body = PageBody<Task>))
)]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
    query: ListQuery<Tasks>,
) -> Result<Json<PageBody<Task>>, Problem> {
    let states = query.values::<TaskState>("state")?;
    if states.len() > 1 || query.sort.descending {
        return Err(Fault::invalid("state", "tasks are listed by index, of one state or of all").into());
    }
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let page = tasks::list(&engine, &ctx, run, states.first().copied(), &query.page).await;
    Ok(Json(page.map_err(Fault::from)?.into()))
}

/// An attempt that ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempt {
    /// Its number, from 1.
    number: i64,
    /// The run's epoch it belongs to.
    epoch: i64,
    /// `succeeded`, `failed`, `timed_out`, `cancelled`, `skipped` or `lost`.
    state: String,
    /// Whether it is the task's one recorded outcome in its epoch.
    is_final: bool,
    /// Who tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<String>,
    /// When it was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    claimed_at: Option<Timestamp>,
    /// When its end was recorded.
    #[schema(value_type = String, format = "date-time")]
    ended_at: Timestamp,
    /// Why it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<TaskError>,
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            number: row.attempt,
            epoch: row.epoch,
            state: row.state,
            is_final: row.is_final == 1,
            worker: row.worker,
            claimed_at: row.claimed_at.map(Timestamp::from_micros),
            ended_at: Timestamp::from_micros(row.ended_at),
            error: error(row.error_code, row.error_message),
        }
    }
}

/// A task with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskDetail {
    /// The task.
    #[serde(flatten)]
    task: Task,
    /// Its ended attempts, first to last.
    attempts: Vec<Attempt>,
    /// Its result, if it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
}

/// One task, with its attempts and result.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/tasks/{index}", tag = "runs", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number"), ("index" = i64, Path, description = "Position, from 0")),
    responses((status = 200, body = TaskDetail))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path((run, index)): Path<(String, i64)>,
) -> Result<Json<TaskDetail>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let detail = tasks::get(&engine, &ctx, run, index).await.map_err(Fault::from)?;
    let result =
        detail.result.map(|text| serde_json::from_str(&text)).transpose().map_err(Fault::internal)?;
    let attempts = detail.attempts.into_iter().map(Attempt::from).collect();
    Ok(Json(TaskDetail { task: detail.task.into(), attempts, result }))
}

/// Replay one task that did not succeed, of an ended run.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/tasks/{index}/retry", tag = "runs", security(("bearer" = ["runs:retry"])),
    params(("run" = String, Path, description = "Id or number"), ("index" = i64, Path, description = "Position, from 0")),
    responses((status = 200, body = Run), (status = 409, description = "run_open, nothing_to_replay"))
)]
pub async fn retry(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path((run, index)): Path<(String, i64)>,
) -> Result<Json<Run>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let (view, _) = runs::retry(&engine, &ctx, run, Some(index)).await.map_err(Fault::from)?;
    Ok(Json(view.into()))
}

/// What a list of output or results can be asked for.
pub struct Pieces;

impl List for Pieces {
    const FILTERS: &'static [&'static str] = &["attempt"];
    const SORTS: &'static [&'static str] = &["position"];
    const DEFAULT_SORT: &'static str = "position";
}

/// A piece of captured output.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutputChunk {
    /// Place within the attempt.
    position: i64,
    /// `stdout`, `stderr` or `log`.
    stream: String,
    /// The text.
    text: String,
    /// When it was written, by the worker's clock.
    #[schema(value_type = String, format = "date-time")]
    written_at: Timestamp,
}

impl From<Chunk> for OutputChunk {
    fn from(chunk: Chunk) -> Self {
        let written_at = Timestamp::from_micros(chunk.written_at);
        Self { position: chunk.position, stream: chunk.stream, text: chunk.text, written_at }
    }
}

/// A task's captured output, of its latest attempt or of `attempt`.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/tasks/{index}/output", tag = "runs", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number"), ("index" = i64, Path, description = "Position, from 0"), ListQuery<Pieces>),
    responses((status = 200, body = PageBody<OutputChunk>))
)]
pub async fn output(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path((run, index)): Path<(String, i64)>,
    query: ListQuery<Pieces>,
) -> Result<Json<PageBody<OutputChunk>>, Problem> {
    let attempt = query.values::<i64>("attempt")?.first().copied();
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let page = tasks::output(&engine, &ctx, (run, index, attempt), &query.page).await;
    Ok(Json(page.map_err(Fault::from)?.into()))
}

/// A task's result.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskResult {
    /// Position in the run.
    index: i64,
    /// What the handler gave.
    #[schema(value_type = Object)]
    result: Value,
}

/// The results of a run's tasks.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}/results", tag = "runs", security(("bearer" = ["runs:read"])),
    params(("run" = String, Path, description = "Id or number"), PageQuery),
    responses((status = 200, body = PageBody<TaskResult>))
)]
pub async fn results(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<TaskResult>>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let page = tasks::results(&engine, &ctx, run, &page).await.map_err(Fault::from)?;
    let parse = |(index, text): (i64, String)| {
        let result = serde_json::from_str(&text).map_err(Fault::internal)?;
        Ok::<_, Fault>(TaskResult { index, result })
    };
    let items = page.items.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(Page { items, next: page.next }.into()))
}
