//! The REST side. It translates; [`crate::ops`] decides.

mod bodies;
mod deliveries;
mod webhooks;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::ops::Notifications;

/// Every route of the service.
pub(crate) fn router(service: Notifications) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::rotate))
        .routes(routes!(webhooks::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay_range))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::replay))
        .with_state(service)
}
