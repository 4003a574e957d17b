//! Approvals and signals.

use axum::extract::State;
use metier_core::{Ctx, Fault};
use metier_http::{Caller, Json, Path, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::ops::{
    Engine, runs,
    workflows::steer::{self, Verdict},
};

/// Why somebody decides as they do.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// At most 1000 bytes.
    #[serde(default)]
    #[schema(example = "checked by hand")]
    comment: String,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// The run.
    #[schema(format = "uuid")]
    run: String,
    /// The step.
    step: String,
    /// Yes or no.
    approved: bool,
}

async fn decide(
    engine: &Engine,
    ctx: &Ctx,
    (run, step): (String, String),
    (approved, body): (bool, DecisionBody),
) -> Result<Json<Decided>, Problem> {
    let verdict = Verdict { approved, comment: body.comment };
    let run = steer::decide(engine, ctx, (&run, &step), verdict).await.map_err(Fault::from)?;
    Ok(Json(Decided { run: run.to_string(), step, approved }))
}

/// Approve a step that waits for it.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/steps/{step}/approve", tag = "workflows", security(("bearer" = ["runs:read"])), request_body = DecisionBody,
    params(("run" = String, Path, description = "Id or number"), ("step" = String, Path, description = "Name")),
    responses((status = 200, body = Decided), (status = 403, description = "not_an_approver"), (status = 409, description = "not_waiting, run_ended"))
)]
pub async fn approve(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(path): Path<(String, String)>,
    Json(body): Json<DecisionBody>,
) -> Result<Json<Decided>, Problem> {
    decide(&engine, &ctx, path, (true, body)).await
}

/// Reject a step that waits for approval; the step fails.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/steps/{step}/reject", tag = "workflows", security(("bearer" = ["runs:read"])), request_body = DecisionBody,
    params(("run" = String, Path, description = "Id or number"), ("step" = String, Path, description = "Name")),
    responses((status = 200, body = Decided), (status = 403, description = "not_an_approver"), (status = 409, description = "not_waiting, run_ended"))
)]
pub async fn reject(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(path): Path<(String, String)>,
    Json(body): Json<DecisionBody>,
) -> Result<Json<Decided>, Problem> {
    decide(&engine, &ctx, path, (false, body)).await
}

/// What became of a signal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sent {
    /// Whether one of this name had been sent before: the first counts, and this one changed nothing.
    repeated: bool,
}

/// Send a signal to a run. Its body, any JSON, is what the step that waits for it gives.
#[utoipa::path(
    post, path = "/api/v1/runs/{run}/signals/{name}", tag = "workflows", security(("bearer" = ["runs:submit"])), request_body = Value,
    params(("run" = String, Path, description = "Id or number"), ("name" = String, Path, description = "Name of the signal")),
    responses((status = 200, body = Sent), (status = 404, description = "not_found"), (status = 409, description = "run_ended, no_workflow"))
)]
pub async fn signal(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path((run, name)): Path<(String, String)>,
    Json(payload): Json<Value>,
) -> Result<Json<Sent>, Problem> {
    let run = runs::named(&engine, &ctx, &run).await.map_err(Fault::from)?;
    let is_first = steer::signal(&engine, &ctx, run, (&name, &payload)).await.map_err(Fault::from)?;
    Ok(Json(Sent { repeated: !is_first }))
}
