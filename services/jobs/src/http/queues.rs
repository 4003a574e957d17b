//! `/api/v1/queues` and `/api/v1/workers`.

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ops::{Engine, queues},
    store::queues::{COUNT_LIMIT, QueueRow},
};

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Queue {
    /// Its name.
    #[schema(example = "default")]
    name: String,
    /// Since when it hands nothing out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    paused_at: Option<Timestamp>,
    /// Tasks that may be claimed.
    ready: i64,
    /// Those of them whose key lets none begin now.
    held_back: i64,
    /// Whether there are more than `ready` says: counting stops there.
    more: bool,
}

impl From<QueueRow> for Queue {
    fn from(row: QueueRow) -> Self {
        let paused_at = row.paused_at.map(Timestamp::from_micros);
        Self {
            name: row.name,
            paused_at,
            ready: row.ready,
            held_back: row.held_back,
            more: row.ready >= COUNT_LIMIT,
        }
    }
}

/// The queues of the workspace.
#[utoipa::path(get, path = "/api/v1/queues", tag = "queues", security(("bearer" = ["queues:read"])), responses((status = 200, body = Vec<Queue>)))]
pub async fn list(State(engine): State<Engine>, Caller(ctx): Caller) -> Result<Json<Vec<Queue>>, Problem> {
    let rows = queues::list(&engine, &ctx).await.map_err(Fault::from)?;
    Ok(Json(rows.into_iter().map(Queue::from).collect()))
}

/// Stop handing out a queue's tasks; those running go on.
#[utoipa::path(
    post, path = "/api/v1/queues/{queue}/pause", tag = "queues", security(("bearer" = ["queues:manage"])), params(("queue" = String, Path, description = "Name")),
    responses((status = 200, body = Queue))
)]
pub async fn pause(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(queue): Path<String>,
) -> Result<Json<Queue>, Problem> {
    Ok(Json(queues::pause(&engine, &ctx, &queue).await.map_err(Fault::from)?.into()))
}

/// Hand out a queue's tasks again.
#[utoipa::path(
    post, path = "/api/v1/queues/{queue}/resume", tag = "queues", security(("bearer" = ["queues:manage"])), params(("queue" = String, Path, description = "Name")),
    responses((status = 200, body = Queue))
)]
pub async fn resume(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(queue): Path<String>,
) -> Result<Json<Queue>, Problem> {
    Ok(Json(queues::resume(&engine, &ctx, &queue).await.map_err(Fault::from)?.into()))
}

/// A worker heard lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct Worker {
    /// Unique per running worker.
    name: String,
    /// Names of the kinds it handles.
    kinds: Vec<String>,
    /// What it can do.
    capabilities: Vec<String>,
    /// When it was last heard.
    #[schema(value_type = String, format = "date-time")]
    seen_at: Timestamp,
}

/// Workers heard in the last two minutes.
#[utoipa::path(get, path = "/api/v1/workers", tag = "queues", security(("bearer" = ["queues:read"])), responses((status = 200, body = Vec<Worker>)))]
pub async fn workers(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
) -> Result<Json<Vec<Worker>>, Problem> {
    let rows = queues::workers(&engine, &ctx).await.map_err(Fault::from)?;
    let catalogue = engine.catalogue();
    let name = |id: &i64| catalogue.by_id(*id).map(|kind| kind.name.name.clone());
    let worker = |row: crate::store::workers::WorkerRow| {
        let ids: Vec<i64> = serde_json::from_str(&row.kinds).unwrap_or_default();
        let kinds = ids.iter().filter_map(name).collect();
        let capabilities = serde_json::from_str(&row.capabilities).unwrap_or_default();
        Worker { name: row.name, kinds, capabilities, seen_at: Timestamp::from_micros(row.seen_at) }
    };
    Ok(Json(rows.into_iter().map(worker).collect()))
}
