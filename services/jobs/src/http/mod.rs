//! The engine over HTTP: runs, tasks, uploads, kinds, queues, upkeep, and the worker protocol as plain JSON.

mod jobs;
mod kinds;
mod limits;
mod queues;
mod runs;
mod system;
mod tasks;
mod uploads;
mod worker;
mod workflows;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{graphql, ops::Engine};

/// Bodies that carry many items may be this large.
const SUBMIT_BYTES: usize = 16 * 1024 * 1024;
/// A batch of results may be this large.
const COMPLETE_BYTES: usize = 8 * 1024 * 1024;

/// Every route of the service.
pub fn router(engine: Engine) -> OpenApiRouter {
    let submitting = OpenApiRouter::new()
        .routes(routes!(runs::list, runs::submission::submit))
        .routes(routes!(jobs::execute))
        .layer(metier_http::body_limit(SUBMIT_BYTES));
    let reporting = OpenApiRouter::new()
        .routes(routes!(worker::claim))
        .routes(routes!(worker::complete))
        .layer(metier_http::body_limit(COMPLETE_BYTES));
    let asking = OpenApiRouter::new()
        .routes(routes!(graphql::graphql))
        .layer(metier_http::body_limit(SUBMIT_BYTES))
        .with_state(graphql::Door::new(engine.clone()));
    OpenApiRouter::new()
        .merge(submitting)
        .merge(reporting)
        .merge(uploads::router(&engine))
        .routes(routes!(runs::counts))
        .routes(routes!(runs::get))
        .routes(routes!(runs::bad_items::list))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::retry))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::get))
        .routes(routes!(tasks::retry))
        .routes(routes!(tasks::output))
        .routes(routes!(tasks::results))
        .routes(routes!(jobs::list, jobs::create))
        .routes(routes!(jobs::get, jobs::update, jobs::delete))
        .routes(routes!(workflows::validate))
        .routes(routes!(workflows::schema))
        .routes(routes!(workflows::of_job))
        .routes(routes!(workflows::of_run))
        .routes(routes!(workflows::pending))
        .routes(routes!(workflows::approve))
        .routes(routes!(workflows::reject))
        .routes(routes!(workflows::signal))
        .routes(routes!(kinds::list))
        .routes(routes!(kinds::get))
        .routes(routes!(limits::list))
        .routes(routes!(limits::get, limits::set, limits::delete))
        .routes(routes!(queues::list))
        .routes(routes!(queues::pause))
        .routes(routes!(queues::resume))
        .routes(routes!(queues::workers))
        .routes(routes!(system::recount))
        .routes(routes!(worker::register))
        .routes(routes!(worker::heartbeat))
        .routes(routes!(worker::output))
        .with_state(engine)
        .merge(asking)
}
