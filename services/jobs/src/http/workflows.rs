//! Workflows over HTTP: their schema, what is wrong with one, graphs, approvals, signals.

mod approvals;
mod graph;
mod steer;

pub use approvals::{__path_pending, pending};
pub use graph::{__path_of_job, __path_of_run, of_job, of_run};
pub use steer::{__path_approve, __path_reject, __path_signal, approve, reject, signal};

use axum::extract::State;
use metier_contract_jobs::JOBS_READ;
use metier_core::Fault;
use metier_http::{Caller, Json, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain::workflow::{Finding, read::SCHEMA},
    ops::{Engine, workflows::define},
};

/// What is wrong with a workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct Validation {
    /// Whether it can be saved.
    valid: bool,
    /// Everything wrong with it.
    findings: Vec<FindingBody>,
}

/// Something wrong with a workflow.
#[derive(Debug, Serialize, ToSchema)]
struct FindingBody {
    /// The step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "load")]
    step: Option<String>,
    /// JSON pointer into the document.
    #[schema(example = "/steps/1/parameters/iterations")]
    path: String,
    /// What is wrong, and what would be right.
    #[schema(example = "must be integer, and is string")]
    message: String,
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        Self { step: finding.step, path: finding.path, message: finding.message }
    }
}

/// Say what is wrong with a workflow, without saving it.
#[utoipa::path(
    post, path = "/api/v1/workflows/validate", tag = "workflows", security(("bearer" = ["jobs:read"])), request_body = Object,
    responses((status = 200, body = Validation))
)]
pub async fn validate(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(document): Json<Value>,
) -> Result<Json<Validation>, Problem> {
    let findings = define::validate(&engine, &ctx, &document).await.map_err(Fault::from)?;
    let valid = findings.is_empty();
    Ok(Json(Validation { valid, findings: findings.into_iter().map(FindingBody::from).collect() }))
}

/// The JSON Schema of workflows.
#[utoipa::path(
    get, path = "/api/v1/workflows/schema", tag = "workflows", security(("bearer" = ["jobs:read"])),
    responses((status = 200, body = Object))
)]
pub async fn schema(Caller(ctx): Caller) -> Result<Json<Value>, Problem> {
    ctx.require(JOBS_READ)?;
    Ok(Json(serde_json::from_str(SCHEMA).map_err(Fault::internal)?))
}
