//! Postings and sources over HTTP.

mod openjobs;
mod postings;
mod sources;

use metier_harness::Kit;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::ops::Desk;

/// What the routes work with.
#[derive(Clone)]
pub struct Doors {
    pub(crate) desk: Desk,
    pub(crate) kit: Kit,
}

/// Every route of the service.
pub fn router(desk: Desk, kit: Kit) -> OpenApiRouter {
    let doors = Doors { desk, kit };
    OpenApiRouter::new()
        .routes(routes!(postings::search))
        .routes(routes!(postings::index))
        .routes(routes!(postings::get))
        .routes(routes!(postings::split))
        .routes(routes!(sources::list, sources::create))
        .routes(routes!(sources::get, sources::delete))
        .routes(routes!(sources::check))
        .routes(routes!(sources::health))
        .routes(routes!(sources::sync))
        .routes(routes!(sources::syncs))
        .with_state(doors.clone())
        .merge(OpenApiRouter::from(openjobs::router(doors)))
}
