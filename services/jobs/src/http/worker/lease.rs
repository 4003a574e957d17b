//! `POST /api/v1/worker/heartbeat` and `/output`.

use std::time::Duration;

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::lease_token;
use crate::ops::{Engine, work};

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
    post, path = "/api/v1/worker/heartbeat", tag = "worker", security(("bearer" = ["tasks.*:claim"])), request_body = Heartbeat,
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
    let stops = work::heartbeat(&engine, &ctx, lease_token(&request.lease)?, (progress, wait))
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
    post, path = "/api/v1/worker/output", tag = "worker", security(("bearer" = ["tasks.*:claim"])), request_body = Output,
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
    let accepted = work::append_output(&engine, &ctx, lease_token(&request.lease)?, pieces)
        .await
        .map_err(Fault::from)?;
    Ok(Json(OutputReply { accepted }))
}
