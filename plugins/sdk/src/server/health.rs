//! `GET /health`.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::Host;
use crate::{
    Readiness, SourcePlugin,
    wire::{CONTRACT, Health},
};

/// Who the plugin is and whether it can work, without asking the source.
pub(super) async fn health<P: SourcePlugin>(State(host): State<Arc<Host<P>>>) -> Json<Health> {
    let identity = host.plugin.identity();
    let (status, message) = match host.plugin.readiness() {
        Readiness::Ready => (Health::HEALTHY, None),
        Readiness::Degraded(message) => (Health::DEGRADED, Some(message)),
        Readiness::Unconfigured(message) => (Health::UNCONFIGURED, Some(message)),
    };
    Json(Health {
        status: status.to_owned(),
        plugin: identity.name.to_owned(),
        plugin_id: Some(identity.id.to_owned()),
        version: Some(identity.version.to_owned()),
        contract: Some(CONTRACT),
        message,
        demo: identity.demo,
    })
}
