//! `/api/v1/runs`.

use std::time::Duration;

use axum::extract::State;
use metier_core::{Actor, Fault, Page, RunId, Timestamp};
use metier_http::{Caller, Created, Idempotent, Json, List, ListQuery, Path, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain::state::{RunState, TaskState},
    ops::{
        Engine,
        runs::{self, RunView},
        submit::{self, Submission},
    },
    store::runs::{Filter, RunRow},
};

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Counts the runs of this installation; gaps are possible.
    #[schema(example = 1042)]
    number: i64,
    /// `queued`, `running`, `waiting`, `cancelling`, `succeeded`, `partial`, `failed`, `timed_out` or `cancelled`.
    #[schema(example = "running")]
    state: String,
    /// Why it waits or why it failed, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What its tasks do.
    kind: KindRef,
    /// The queue it is in.
    #[schema(example = "default")]
    queue: String,
    /// Higher goes first.
    priority: i64,
    /// The user whose run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    owner: Option<String>,
    /// Who submitted it.
    #[schema(value_type = Object)]
    actor: Value,
    /// What started it: `manual`, `api`, `schedule`, `event` or `workflow`.
    trigger: String,
    /// One id through every log line, event and audit entry.
    correlation_id: String,
    /// Counts replays, from 1.
    epoch: i64,
    /// How many tasks it has.
    size: i64,
    /// Its tasks by state.
    tasks: TaskCounts,
    /// Attempts each task has.
    max_attempts: i64,
    /// Longest attempt, milliseconds.
    timeout_ms: i64,
    /// It starts no earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
    /// When it was submitted.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When its first task was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    ended_at: Option<Timestamp>,
}

/// A kind by name and version.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindRef {
    /// Its name.
    #[schema(example = "fibonacci")]
    pub name: String,
    /// Its version.
    #[schema(example = 1)]
    pub version: i64,
}

/// Tasks by state.
#[derive(Debug, Serialize, ToSchema)]
struct TaskCounts {
    waiting: i64,
    ready: i64,
    running: i64,
    succeeded: i64,
    failed: i64,
    timed_out: i64,
    cancelled: i64,
    skipped: i64,
}

impl Run {
    /// Where it is found.
    pub fn location(&self) -> String {
        format!("/api/v1/runs/{}", self.id)
    }
}

impl From<RunView> for Run {
    fn from(view: RunView) -> Self {
        Self { reason: view.reason, ..Self::from(view.row) }
    }
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        let counts = row.counts();
        Self {
            id: RunId::from_uuid(row.id).to_string(),
            number: row.number,
            reason: row.reason,
            kind: KindRef { name: row.kind_name, version: row.kind_version },
            queue: row.queue,
            priority: row.priority,
            owner: row.owner.map(|owner| owner.to_string()),
            actor: serde_json::from_str(&row.actor).unwrap_or(Value::Null),
            trigger: row.source,
            correlation_id: row.correlation,
            epoch: row.epoch,
            size: row.size,
            tasks: TaskCounts {
                waiting: counts.of(TaskState::Waiting),
                ready: counts.of(TaskState::Ready),
                running: counts.of(TaskState::Running),
                succeeded: counts.of(TaskState::Succeeded),
                failed: counts.of(TaskState::Failed),
                timed_out: counts.of(TaskState::TimedOut),
                cancelled: counts.of(TaskState::Cancelled),
                skipped: counts.of(TaskState::Skipped),
            },
            state: row.state,
            max_attempts: row.max_attempts,
            timeout_ms: row.timeout_ms,
            run_at: row.run_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            started_at: row.started_at.map(Timestamp::from_micros),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        }
    }
}

/// A run to submit: `parameters` for one task, or `items` for one task each.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRun {
    /// Name of a registered kind.
    #[schema(example = "fibonacci")]
    kind: String,
    /// Its version; the newest when absent.
    kind_version: Option<i64>,
    /// Parameters of a single task.
    #[schema(value_type = Option<Object>, example = json!({"iterations": 100}))]
    parameters: Option<Value>,
    /// Parameters of many tasks. An empty array is a run that succeeds at once.
    #[schema(value_type = Option<Vec<Object>>)]
    items: Option<Vec<Value>>,
    /// `default` when absent.
    queue: Option<String>,
    /// -100 to 100; higher goes first.
    #[serde(default)]
    priority: i64,
    /// Not before this moment.
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
    /// Attempts per task; the kind's when absent.
    max_attempts: Option<i64>,
    /// Longest attempt, milliseconds; the kind's when absent.
    timeout_ms: Option<u64>,
}

impl NewRun {
    fn into_submission(self, actor: &Actor, key: Option<(String, String)>) -> Result<Submission, Fault> {
        let items = match (self.parameters, self.items) {
            (Some(parameters), None) => vec![parameters],
            (None, Some(items)) => items,
            _ => {
                return Err(Fault::invalid(
                    "/items",
                    "give either parameters, for one task, or items, for many",
                ));
            }
        };
        Ok(Submission {
            kind: self.kind,
            kind_version: self.kind_version,
            items,
            queue: self.queue,
            priority: self.priority,
            run_at: self.run_at,
            max_attempts: self.max_attempts,
            timeout: self.timeout_ms.map(Duration::from_millis),
            key,
            source: if matches!(actor, Actor::User { .. }) { "manual" } else { "api" },
            job: None,
        })
    }
}

/// Submit a run.
///
/// It is durable when this answers. With an `Idempotency-Key` a repetition answers the first run.
#[utoipa::path(
    post, path = "/api/v1/runs", tag = "runs", request_body = NewRun,
    params(("Idempotency-Key" = Option<String>, Header, description = "Submitting twice under one key submits once")),
    responses((status = 201, body = Run), (status = 400, description = "unknown_kind, invalid_parameters, too_many_items, item_too_large"),
        (status = 409, description = "idempotency_key_reused"))
)]
pub async fn submit(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    request: Idempotent<NewRun>,
) -> Result<Created<Run>, Problem> {
    let fingerprint = request.fingerprint.to_string();
    let key = request.key.map(|key| (key.as_str().to_owned(), fingerprint));
    let submission = request.body.into_submission(&ctx.actor, key)?;
    let submitted = submit::submit(&engine, &ctx, submission).await.map_err(Fault::from)?;
    let run = Run::from(runs::submitted(&engine, &ctx, submitted.number).await.map_err(Fault::from)?);
    Ok(Created { location: run.location(), tag: None, body: run })
}

/// What a list of runs can be asked for.
pub struct Runs;

impl List for Runs {
    const FILTERS: &'static [&'static str] = &["state", "kind", "queue", "created_after", "created_before"];
    const SORTS: &'static [&'static str] = &["number"];
    const DEFAULT_SORT: &'static str = "-number";
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunPage {
    /// Newest first.
    items: Vec<Run>,
    /// Pass it as `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List runs, newest first: one's own, or everyone's with `runs:read_all`.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "runs", params(ListQuery<Runs>),
    responses((status = 200, body = RunPage))
)]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    query: ListQuery<Runs>,
) -> Result<Json<RunPage>, Problem> {
    if !query.sort.descending {
        return Err(Fault::invalid("sort", "runs are listed newest first: -number").into());
    }
    let filter = filter(&query)?;
    let page = runs::list(&engine, &ctx, &filter, &query.page).await.map_err(Fault::from)?;
    let Page { items, next } = page.map(Run::from);
    Ok(Json(RunPage { items, next: next.map(|cursor| cursor.as_str().to_owned()) }))
}

fn filter(query: &ListQuery<Runs>) -> Result<Filter, Fault> {
    let one = |name: &str| match query.texts(name) {
        [] => Ok(None),
        [one] => Ok(Some(one.clone())),
        _ => Err(Fault::invalid(name, "takes one value")),
    };
    let moment = |name: &str| {
        let text = one(name)?;
        let parsed = text.map(|text| Timestamp::parse(&text)).transpose();
        parsed.map_err(|_| Fault::invalid(name, "must be an RFC 3339 time such as 2026-01-31T08:00:00Z"))
    };
    Ok(Filter {
        states: query.values::<RunState>("state")?,
        kind: one("kind")?,
        queue: one("queue")?,
        job: None,
        created_after: moment("created_after")?,
        created_before: moment("created_before")?,
    })
}

/// How many runs are in a state.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateCount {
    /// The state.
    state: String,
    /// How many of the runs one may see.
    count: i64,
}

/// Count runs by state, from counters.
#[utoipa::path(
    get, path = "/api/v1/runs/counts", tag = "runs", responses((status = 200, body = Vec<StateCount>))
)]
pub async fn counts(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
) -> Result<Json<Vec<StateCount>>, Problem> {
    let counts = runs::counts(&engine, &ctx).await.map_err(Fault::from)?;
    let shown = counts.into_iter().map(|row| StateCount { state: row.state, count: row.count });
    Ok(Json(shown.collect()))
}

/// One run, by its id or its number, with why it waits or failed.
#[utoipa::path(
    get, path = "/api/v1/runs/{run}", tag = "runs", params(("run" = String, Path, description = "Id or number")),
    responses((status = 200, body = Run))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let view = match run.parse::<i64>() {
        Ok(number) => runs::get_by_number(&engine, &ctx, number).await,
        Err(_) => runs::get(&engine, &ctx, run_id(&run)?).await,
    };
    Ok(Json(view.map_err(Fault::from)?.into()))
}

/// Cancel a run: what waits ends at once, what runs is told to stop.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/cancel", tag = "runs", params(("run" = String, Path, description = "Id")),
    responses((status = 200, body = Run), (status = 409, description = "run_ended"))
)]
pub async fn cancel(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let view = runs::cancel(&engine, &ctx, run_id(&run)?).await.map_err(Fault::from)?;
    Ok(Json(view.into()))
}

/// Replay the tasks of an ended run that did not succeed. The run opens again under a new epoch.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/retry", tag = "runs", params(("run" = String, Path, description = "Id")),
    responses((status = 200, body = Run), (status = 409, description = "run_open, nothing_to_replay"))
)]
pub async fn retry(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(run): Path<String>,
) -> Result<Json<Run>, Problem> {
    let (view, _) = runs::retry(&engine, &ctx, run_id(&run)?, None).await.map_err(Fault::from)?;
    Ok(Json(view.into()))
}

/// Parses a run's id; a text that is none names no run.
pub fn run_id(text: &str) -> Result<RunId, Fault> {
    text.parse().map_err(|_| Fault::not_found("run", text))
}
