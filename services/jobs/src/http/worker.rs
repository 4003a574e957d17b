//! The worker protocol as plain JSON: the fields of `worker.proto`, `parameters` and `result` as JSON values.

use std::time::Duration;

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{
        kind::KindName,
        outcome::{Failure, Outcome},
    },
    ops::{
        Engine,
        declare::{Declared, declare},
        work::{self, ClaimWish, Reported},
    },
};

/// A kind by name and version.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KindRef {
    /// Its name.
    name: String,
    /// Its version.
    #[serde(default = "first_version")]
    version: i64,
}

fn first_version() -> i64 {
    1
}

/// The kinds a worker handles.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Unique per running worker.
    worker: String,
    /// What it handles.
    kinds: Vec<NewKind>,
}

/// A kind as a worker declares it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKind {
    /// Its name.
    name: String,
    /// From 1.
    #[serde(default = "first_version")]
    version: i64,
    /// What it does.
    #[serde(default)]
    description: String,
    /// JSON Schema of one item; anything goes without one.
    #[schema(value_type = Option<Object>)]
    parameter_schema: Option<Value>,
    /// Permissions its handler uses for the run's actor.
    #[serde(default)]
    permissions: Vec<String>,
    /// Longest attempt; the installation's default when absent.
    #[serde(default)]
    timeout_ms: u64,
    /// Attempts in all; the installation's default when absent.
    #[serde(default)]
    max_attempts: i64,
    /// First delay between attempts.
    #[serde(default)]
    backoff_ms: u64,
    /// Greatest delay between attempts.
    #[serde(default)]
    max_backoff_ms: u64,
}

/// How to behave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    /// How long a lease lasts without a heartbeat.
    lease_ms: u64,
    /// How often to send heartbeats.
    heartbeat_ms: u64,
}

/// Declare the kinds a worker handles.
#[utoipa::path(
    post, path = "/api/v1/worker/register", tag = "worker", request_body = Register,
    responses((status = 200, body = Registered))
)]
pub async fn register(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(request): Json<Register>,
) -> Result<Json<Registered>, Problem> {
    let declared = request.kinds.into_iter().map(|kind| {
        declare(
            engine.config(),
            Declared {
                name: KindName { name: kind.name, version: kind.version },
                description: kind.description,
                parameter_schema: kind.parameter_schema.unwrap_or(Value::Bool(true)),
                permissions: kind.permissions,
                timeout: Duration::from_millis(kind.timeout_ms),
                max_attempts: kind.max_attempts,
                backoff: (Duration::from_millis(kind.backoff_ms), Duration::from_millis(kind.max_backoff_ms)),
            },
        )
    });
    let kinds = declared.collect::<Result<Vec<_>, Fault>>()?;
    work::register(&engine, &ctx, &request.worker, kinds).await.map_err(Fault::from)?;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (lease_ms, heartbeat_ms) = (millis(engine.config().lease()), millis(engine.config().heartbeat()));
    Ok(Json(Registered { lease_ms, heartbeat_ms }))
}

/// A worker's wish for tasks; outcomes of earlier ones may ride along.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Unique per running worker.
    worker: String,
    /// What it handles.
    kinds: Vec<KindRef>,
    /// Queues to take from; all when empty.
    #[serde(default)]
    queues: Vec<String>,
    /// Most tasks; 1 when absent.
    #[serde(default = "first_version")]
    max_tasks: i64,
    /// Longest wait for a first task.
    #[serde(default)]
    wait_ms: u64,
    /// Outcomes, applied first.
    #[serde(default)]
    completions: Vec<Completion>,
}

/// An outcome.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Completion {
    /// The lease the task was handed out under.
    lease: String,
    /// The task's `id`.
    task: i64,
    /// `succeeded`, `failed` (try again), `failed_permanent`, `timed_out`, `cancelled`, `skipped` or `released`.
    outcome: String,
    /// For success.
    #[serde(default)]
    #[schema(value_type = Object)]
    result: Value,
    /// For failure: a stable code.
    #[serde(default)]
    error_code: String,
    /// For failure: one sentence.
    #[serde(default)]
    error_message: String,
    /// Earliest next attempt, from now.
    #[serde(default)]
    retry_after_ms: u64,
}

impl TryFrom<Completion> for Reported {
    type Error = Fault;
    fn try_from(completion: Completion) -> Result<Self, Fault> {
        let code =
            Some(completion.error_code).filter(|code| !code.is_empty()).unwrap_or_else(|| "failed".into());
        let failure = Failure { code, message: completion.error_message };
        let delay = (completion.retry_after_ms > 0).then(|| Duration::from_millis(completion.retry_after_ms));
        let outcome = match completion.outcome.as_str() {
            "succeeded" => Outcome::Succeeded(completion.result.to_string()),
            "failed" => Outcome::Retryable(failure, delay),
            "failed_permanent" => Outcome::Permanent(failure),
            "timed_out" => Outcome::TimedOut,
            "cancelled" => Outcome::Cancelled,
            "skipped" => Outcome::Skipped,
            "released" => Outcome::Released,
            other => return Err(Fault::invalid("/outcome", format!("{other:?} is not an outcome"))),
        };
        Ok(Self { lease: lease(&completion.lease)?, task: completion.task, outcome })
    }
}

fn lease(text: &str) -> Result<Uuid, Fault> {
    text.parse().map_err(|_| Fault::invalid("/lease", "must be the lease that a claim gave"))
}

/// What became of an outcome.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompletionResult {
    /// The task.
    task: i64,
    /// False when the lease had ended: the outcome was refused and changed nothing.
    accepted: bool,
}

/// A task to work on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Task {
    /// Hand it back with the outcome.
    id: i64,
    /// Its run.
    run: String,
    /// Its run's number.
    run_number: i64,
    /// Position in the run.
    index: i64,
    /// What to do.
    kind: KindRef,
    /// From 1.
    attempt: i64,
    /// With what.
    #[schema(value_type = Object)]
    parameters: Value,
    /// Longest attempt.
    timeout_ms: i64,
    /// One id through every log line.
    correlation: String,
    /// Short-lived rights of the run; empty when the kind uses none.
    token: String,
    /// Whose run it is; empty for the system's.
    owner: String,
}

/// What a claim gave.
#[derive(Debug, Serialize, ToSchema)]
pub struct Claimed {
    /// Carry it with heartbeat, output and completion; empty when there was nothing.
    lease: String,
    /// What to do.
    tasks: Vec<Task>,
    /// Answers to `completions`, in order.
    results: Vec<CompletionResult>,
}

/// Lease ready tasks, waiting for a first one if asked to.
#[utoipa::path(
    post, path = "/api/v1/worker/claim", tag = "worker", request_body = Claim,
    responses((status = 200, body = Claimed))
)]
pub async fn claim(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(request): Json<Claim>,
) -> Result<Json<Claimed>, Problem> {
    let reported = request.completions.into_iter().map(Reported::try_from).collect::<Result<Vec<_>, _>>()?;
    let tasks: Vec<i64> = reported.iter().map(|reported| reported.task).collect();
    let wish = ClaimWish {
        worker: request.worker,
        kinds: request
            .kinds
            .into_iter()
            .map(|kind| KindName { name: kind.name, version: kind.version })
            .collect(),
        queues: request.queues,
        limit: request.max_tasks,
        wait: Duration::from_millis(request.wait_ms),
    };
    let claimed = work::claim(&engine, &ctx, wish, reported).await.map_err(Fault::from)?;
    Ok(Json(Claimed {
        lease: claimed.lease.map(|lease| lease.to_string()).unwrap_or_default(),
        tasks: claimed.tasks.into_iter().map(shown).collect::<Result<_, _>>()?,
        results: results(tasks, claimed.accepted),
    }))
}

fn shown((claimed, token): (crate::store::batch::ClaimedTask, String)) -> Result<Task, Fault> {
    Ok(Task {
        id: claimed.task.task,
        run: claimed.run.id.to_string(),
        run_number: claimed.run.number,
        index: claimed.index,
        kind: KindRef { name: claimed.kind.name.name, version: claimed.kind.name.version },
        attempt: claimed.task.attempt,
        parameters: serde_json::from_str(&claimed.parameters).map_err(Fault::internal)?,
        timeout_ms: claimed.run.timeout_ms,
        correlation: claimed.run.correlation,
        token,
        owner: claimed.run.owner.map(|owner| owner.to_string()).unwrap_or_default(),
    })
}

fn results(tasks: Vec<i64>, accepted: Vec<bool>) -> Vec<CompletionResult> {
    tasks.into_iter().zip(accepted).map(|(task, accepted)| CompletionResult { task, accepted }).collect()
}

/// Outcomes of tasks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// Tasks not named stay leased.
    completions: Vec<Completion>,
}

/// What became of outcomes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Completed {
    /// In the order of the request.
    results: Vec<CompletionResult>,
}

/// Report outcomes. One under a lease that ended is refused and changes nothing.
#[utoipa::path(
    post, path = "/api/v1/worker/complete", tag = "worker", request_body = Complete,
    responses((status = 200, body = Completed))
)]
pub async fn complete(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(request): Json<Complete>,
) -> Result<Json<Completed>, Problem> {
    let reported = request.completions.into_iter().map(Reported::try_from).collect::<Result<Vec<_>, _>>()?;
    let tasks = reported.iter().map(|reported| reported.task).collect();
    let accepted = work::complete(&engine, &ctx, reported).await.map_err(Fault::from)?;
    Ok(Json(Completed { results: results(tasks, accepted) }))
}

/// A sign of life.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The lease to extend.
    lease: String,
    /// How far its tasks are.
    #[serde(default)]
    progress: Vec<TaskProgress>,
    /// Longest wait for a task to stop.
    #[serde(default)]
    wait_ms: u64,
}

/// How far a task is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskProgress {
    /// The task.
    task: i64,
    /// 0 to 1000.
    thousandths: i64,
    /// What it is doing.
    #[serde(default)]
    message: String,
}

/// What to stop.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeartbeatReply {
    /// False when the lease ended: stop everything under it; its outcomes will be refused.
    alive: bool,
    /// Tasks to stop now.
    stop: Vec<Stop>,
}

/// A task to stop.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stop {
    /// The task.
    task: i64,
    /// Why: `cancelled` or `timed_out`.
    reason: String,
}

/// Extend a lease. With `wait_ms` it answers early when a task should stop.
#[utoipa::path(
    post, path = "/api/v1/worker/heartbeat", tag = "worker", request_body = Heartbeat,
    responses((status = 200, body = HeartbeatReply))
)]
pub async fn heartbeat(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(request): Json<Heartbeat>,
) -> Result<Json<HeartbeatReply>, Problem> {
    let progress =
        request.progress.into_iter().map(|step| (step.task, step.thousandths, step.message)).collect();
    let wait = Duration::from_millis(request.wait_ms);
    let stops = work::heartbeat(&engine, &ctx, lease(&request.lease)?, (progress, wait))
        .await
        .map_err(Fault::from)?;
    let alive = stops.is_some();
    let shown = |stop: work::Stop| Stop { task: stop.task, reason: stop.reason.to_owned() };
    Ok(Json(HeartbeatReply { alive, stop: stops.unwrap_or_default().into_iter().map(shown).collect() }))
}

/// Captured output.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The lease of its tasks.
    lease: String,
    /// In order.
    chunks: Vec<NewChunk>,
}

/// A piece of output.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChunk {
    /// The task.
    task: i64,
    /// `stdout`, `stderr` or `log`.
    stream: String,
    /// The text.
    text: String,
    /// When it was written; now when absent.
    #[schema(value_type = Option<String>, format = "date-time")]
    at: Option<Timestamp>,
}

/// Whether output was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutputReply {
    /// False when the lease had ended.
    accepted: bool,
}

/// Append captured output. It is bounded per attempt.
#[utoipa::path(
    post, path = "/api/v1/worker/output", tag = "worker", request_body = Output,
    responses((status = 200, body = OutputReply))
)]
pub async fn output(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(request): Json<Output>,
) -> Result<Json<OutputReply>, Problem> {
    let now = engine.clock().now();
    let piece = |chunk: NewChunk| (chunk.task, chunk.stream, chunk.text, chunk.at.unwrap_or(now));
    let pieces = request.chunks.into_iter().map(piece).collect();
    let accepted =
        work::append_output(&engine, &ctx, lease(&request.lease)?, pieces).await.map_err(Fault::from)?;
    Ok(Json(OutputReply { accepted }))
}
