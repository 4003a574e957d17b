//! `/api/v1/kinds`: the catalogue of what tasks can do.

use axum::extract::State;
use metier_contract_jobs::JOBS_READ;
use metier_http::{Caller, Json, Path, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{domain, ops::Engine};

/// A kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct Kind {
    /// Its name.
    #[schema(example = "fibonacci")]
    name: String,
    /// Its version.
    version: i64,
    /// What it does.
    description: String,
    /// JSON Schema of one item.
    #[schema(value_type = Object)]
    parameter_schema: Value,
    /// Permissions its handler uses for the run's actor.
    permissions: Vec<String>,
    /// Longest attempt, milliseconds.
    timeout_ms: u64,
    /// Attempts in all.
    max_attempts: i64,
}

impl From<&domain::kind::Kind> for Kind {
    fn from(kind: &domain::kind::Kind) -> Self {
        Self {
            name: kind.name.name.clone(),
            version: kind.name.version,
            description: kind.description.clone(),
            parameter_schema: kind.parameter_schema.clone(),
            permissions: kind.grants.texts(),
            timeout_ms: u64::try_from(kind.timeout.as_millis()).unwrap_or(u64::MAX),
            max_attempts: kind.max_attempts,
        }
    }
}

/// The kinds that workers have registered.
#[utoipa::path(get, path = "/api/v1/kinds", tag = "jobs", security(("bearer" = ["jobs:read"])), responses((status = 200, body = Vec<Kind>)))]
pub async fn list(State(engine): State<Engine>, Caller(ctx): Caller) -> Result<Json<Vec<Kind>>, Problem> {
    ctx.require(JOBS_READ)?;
    let catalogue = engine.reload_catalogue().await?;
    Ok(Json(catalogue.list().into_iter().map(Kind::from).collect()))
}

/// One kind, in its newest version.
#[utoipa::path(
    get, path = "/api/v1/kinds/{kind}", tag = "jobs", security(("bearer" = ["jobs:read"])), params(("kind" = String, Path, description = "Name")),
    responses((status = 200, body = Kind))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(kind): Path<String>,
) -> Result<Json<Kind>, Problem> {
    ctx.require(JOBS_READ)?;
    let found = engine.kind(&kind, None).await.map_err(|_| metier_core::Fault::not_found("kind", &kind))?;
    Ok(Json(Kind::from(&found)))
}
