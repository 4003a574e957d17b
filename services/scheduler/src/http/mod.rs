//! The REST side. It translates; [`crate::ops`] decides.

mod bodies;
mod calendars;
mod schedules;
mod steer;

use metier_db::KeyedRequest;
use metier_http::{Fingerprint, IdempotencyKey};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::ops::Scheduler;

/// Every route of the service.
pub(crate) fn router(service: Scheduler) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(schedules::list, schedules::create))
        .routes(routes!(steer::preview_unsaved))
        .routes(routes!(schedules::get, schedules::update, schedules::delete))
        .routes(routes!(steer::pause))
        .routes(routes!(steer::resume))
        .routes(routes!(steer::run))
        .routes(routes!(steer::preview))
        .routes(routes!(steer::fires))
        .routes(routes!(calendars::list, calendars::create))
        .routes(routes!(calendars::get, calendars::update, calendars::delete))
        .with_state(service)
}

/// A create as the database remembers it, when it came with a key.
fn keyed(
    operation: &'static str,
    key: Option<&IdempotencyKey>,
    fingerprint: Fingerprint,
) -> Option<KeyedRequest> {
    let key = key?.as_str().to_owned();
    Some(KeyedRequest { operation, key, fingerprint: fingerprint.to_string() })
}
