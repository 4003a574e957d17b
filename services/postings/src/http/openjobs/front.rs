//! `GET /` and `GET /health`.

use axum::extract::State;
use metier_core::Fault;
use metier_http::Json;
use serde_json::{Value, json};

use super::envelope::{Answer, data};
use crate::{http::Doors, store};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether the service and its database answer; open to everybody.
pub async fn health(State(doors): State<Doors>) -> Answer<Value> {
    let asked = store::postings::last_position(doors.desk.database.reader()).await;
    asked.map_err(|error| Fault::unavailable("the database does not answer").caused_by(error))?;
    Ok(data(json!({ "status": "healthy", "service": "openjobs", "version": VERSION, "build_time": null })))
}

/// Where things are, and no more than that: open to everybody, and not in the envelope.
pub async fn front() -> Json<Value> {
    Json(json!({
        "service": "openjobs", "version": VERSION, "status": "running",
        "endpoints": {
            "health": "/health", "jobs": "/jobs", "sync": "/sync/manual", "sync_logs": "/sync/logs",
            "plugins": "/plugins", "plugin_status": "/plugins/status", "analytics": "/analytics",
            "metrics": "/platform/metrics"
        }
    }))
}
