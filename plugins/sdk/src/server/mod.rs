//! The contract over HTTP: contract 2 and, beside it, the routes OpenJobs calls.

mod health;
mod legacy;
mod refusal;
mod run;
mod stream;

use std::{io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;

use crate::{SourcePlugin, wire::limits};

/// How long a request body may take to arrive and a stream to begin.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a second sync waits for the first before it is told to come back.
const WAIT_FOR_TURN: Duration = Duration::from_secs(2);

/// A plugin and what its routes share.
struct Host<P> {
    plugin: P,
    turn: Arc<Semaphore>,
    latest: legacy::Latest,
    stop: CancellationToken,
}

/// The plugin's routes, to be nested or served in process. `stop` ends running syncs.
pub fn router<P: SourcePlugin>(plugin: P, stop: CancellationToken) -> Router {
    let host =
        Arc::new(Host { plugin, turn: Arc::new(Semaphore::new(1)), latest: legacy::Latest::default(), stop });
    // The legacy routes fetch before they answer, so only the others are held to a quick answer.
    Router::new()
        .route("/health", get(health::health::<P>))
        .route("/v2/sync", post(stream::sync::<P>))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_WITHIN))
        .route("/sync", post(legacy::sync::<P>))
        .route("/jobs", get(legacy::jobs::<P>))
        .fallback(refusal::not_found)
        .layer(DefaultBodyLimit::max(limits::MAX_REQUEST_BYTES))
        .with_state(host)
}

/// Serves the plugin until `stop` is cancelled: running syncs are then ended, in order, and their readers told.
pub async fn serve<P: SourcePlugin>(
    plugin: P,
    listener: TcpListener,
    stop: CancellationToken,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(plugin = plugin.identity().id, %address, "source plugin listens");
    let routes = router(plugin, stop.clone());
    axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await
}
