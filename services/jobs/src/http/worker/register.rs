//! `POST /api/v1/worker/register`.

use std::time::Duration;

use axum::extract::State;
use metier_core::Fault;
use metier_http::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::first_version;
use crate::{
    domain::kind::KindName,
    ops::{
        Engine,
        declare::{Declared, declare},
        work,
    },
};

/// The kinds a worker handles.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Unique per running worker.
    worker: String,
    /// What it handles.
    kinds: Vec<NewKind>,
    /// What the worker can do.
    #[serde(default)]
    capabilities: Vec<String>,
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
    post, path = "/api/v1/worker/register", tag = "worker", security(("bearer" = ["tasks.*:claim"])), request_body = Register,
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
    work::register(&engine, &ctx, (&request.worker, &request.capabilities), kinds)
        .await
        .map_err(Fault::from)?;
    let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (lease_ms, heartbeat_ms) = (millis(engine.config().lease()), millis(engine.config().heartbeat()));
    Ok(Json(Registered { lease_ms, heartbeat_ms }))
}
