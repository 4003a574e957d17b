//! `POST /api/v1/worker/claim` and `/complete`.

use std::time::Duration;

use axum::extract::State;
use metier_core::Fault;
use metier_http::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{KindRef, first_version, lease_token};
use crate::{
    domain::{
        kind::KindName,
        outcome::{Failure, Outcome},
    },
    ops::{
        Engine,
        work::{self, ClaimWish, Reported},
    },
};

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
    /// What the worker can do, at most 64 words: it gets the tasks that require no more.
    #[serde(default)]
    capabilities: Vec<String>,
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
        Ok(Self { lease: lease_token(&completion.lease)?, task: completion.task, outcome })
    }
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
    post, path = "/api/v1/worker/claim", tag = "worker", security(("bearer" = ["tasks.*:claim"])), request_body = Claim,
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
        capabilities: request.capabilities,
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
    post, path = "/api/v1/worker/complete", tag = "worker", security(("bearer" = ["tasks.*:claim"])), request_body = Complete,
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
