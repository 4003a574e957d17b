//! `/api/v1/system/recount`: proof that the counters tell the truth.

use axum::extract::State;
use metier_core::Fault;
use metier_http::{Caller, Json, Problem};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::ops::{Engine, upkeep};

/// What a recount found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recount {
    /// Runs whose counters disagree with their tasks, at most a hundred. Empty is good.
    #[schema(value_type = Vec<Object>)]
    disagreements: Value,
    /// Limits whose count of tasks under a lease disagrees with the leases, at most a hundred. Empty is good.
    #[schema(value_type = Vec<Object>)]
    limits: Value,
    /// What the engine counted about itself: late completions refused, attempts lost with their worker.
    #[schema(value_type = Object)]
    tallies: Value,
}

/// Recount every run from its tasks.
#[utoipa::path(post, path = "/api/v1/system/recount", tag = "system", security(("bearer" = ["system:read"])), responses((status = 200, body = Recount)))]
pub async fn recount(State(engine): State<Engine>, Caller(ctx): Caller) -> Result<Json<Recount>, Problem> {
    let disagreements = upkeep::recount(&engine, &ctx).await.map_err(Fault::from)?;
    let limits = upkeep::recount_limits(&engine, &ctx).await.map_err(Fault::from)?;
    let limits = serde_json::to_value(limits).map_err(Fault::internal)?;
    let tallies = upkeep::tallies(&engine, &ctx).await.map_err(Fault::from)?;
    let tallies = tallies.into_iter().map(|tally| (tally.name, tally.value.into())).collect();
    let disagreements = serde_json::to_value(disagreements).map_err(Fault::internal)?;
    Ok(Json(Recount { disagreements, limits, tallies: Value::Object(tallies) }))
}
