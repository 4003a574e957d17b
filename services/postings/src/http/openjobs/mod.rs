//! OpenJobs' own routes, for clients made for it. They are no part of the native API: they lie under a prefix that
//! the public door does not pass on, and its listener for OpenJobs' clients does.
//!
//! Names and shapes are OpenJobs'; what they say is true. See `docs/guide/openjobs.md`.

mod envelope;
mod figures;
mod front;
mod jobs;
mod plugins;
mod shape;
mod syncs;

use axum::{
    Router,
    middleware::map_response,
    routing::{get, post},
};

use super::Doors;

/// The routes, without a description: the native API does not have them.
pub fn router(doors: Doors) -> Router {
    let routes = Router::new()
        .route("/", get(front::front))
        .route("/health", get(front::health))
        .route("/jobs", get(jobs::list).post(jobs::create))
        .route("/jobs/{id}", get(jobs::get).put(jobs::replace).delete(jobs::remove))
        .route("/sync/manual", post(syncs::start))
        .route("/sync/logs", get(syncs::logs))
        .route("/plugins", get(plugins::list))
        .route("/plugins/register", post(plugins::register))
        .route("/plugins/status", get(plugins::status))
        .route("/analytics", get(figures::analytics))
        .route("/platform/metrics", get(figures::metrics));
    Router::new().nest("/compat/openjobs", routes.layer(map_response(envelope::refused)).with_state(doors))
}
