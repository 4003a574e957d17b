//! The edge around every router: the same identity, limits and headers everywhere.

use std::{fmt, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use metier_core::{Authenticate, Clock, CorrelationId, Fault, FaultKind, Random};
use tokio::sync::Semaphore;
use tower::layer::util::Stack;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{Problem, edge, extract::Authenticated};

/// What the edge needs and where its limits lie.
#[derive(Clone)]
pub struct LayerOptions {
    /// Who knows the keys.
    pub authenticate: Arc<dyn Authenticate>,
    /// The time.
    pub clock: Clock,
    /// For fresh correlation ids.
    pub random: Random,
    /// Largest body that is read; a route may set its own with [`body_limit`].
    pub body_limit: usize,
    /// Longest time until an answer begins. It becomes the deadline of everything done for the request.
    pub timeout: Duration,
    /// Requests at work at a time; more are refused as unavailable. A streamed answer only counts until it
    /// begins.
    pub concurrency: usize,
}

impl LayerOptions {
    /// 2 MiB, one minute, 1,024 at a time.
    pub fn new(authenticate: Arc<dyn Authenticate>, clock: Clock, random: Random) -> Self {
        let (body_limit, timeout, concurrency) = (2 * 1024 * 1024, Duration::from_secs(60), 1_024);
        Self { authenticate, clock, random, body_limit, timeout, concurrency }
    }
}

impl fmt::Debug for LayerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LayerOptions");
        shown.field("body_limit", &self.body_limit).field("timeout", &self.timeout);
        shown.field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}

/// Largest body, in bytes, that the route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

/// A layer that gives a route a body limit of its own, above or below the default.
pub fn body_limit(bytes: usize) -> Stack<DefaultBodyLimit, Extension<BodyLimit>> {
    Stack::new(DefaultBodyLimit::max(bytes), Extension(BodyLimit(bytes)))
}

/// Puts the edge around a finished router: whatever is added to it later stands outside.
pub fn layers(router: Router, options: LayerOptions) -> Router {
    let slots = Arc::new(Semaphore::new(options.concurrency));
    let limit = body_limit(options.body_limit);
    let options = Arc::new(options);
    router
        .layer(limit)
        .layer(from_fn_with_state(Arc::clone(&options), authenticate))
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn_with_state(options.timeout, in_time))
        .layer(from_fn_with_state(slots, shed))
        .layer(from_fn_with_state(options, edge::edge))
}

/// Remembers who asks. Whether that is enough is decided by who takes it out, so that open routes stay open.
async fn authenticate(
    State(options): State<Arc<LayerOptions>>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(correlation) = request.extensions().get::<CorrelationId>().cloned() else {
        return Problem(Fault::internal("the edge is missing")).into_response();
    };
    let authenticated = options.authenticate.authenticate(request.headers(), request.method(), correlation);
    let mut authenticated = authenticated.await;
    if let Ok(ctx) = &mut authenticated {
        ctx.deadline = Some(options.clock.now().plus(options.timeout));
        tracing::Span::current().record("actor", tracing::field::display(&ctx.actor));
    }
    request.extensions_mut().insert(Authenticated(authenticated));
    next.run(request).await
}

async fn in_time(State(timeout): State<Duration>, request: Request, next: Next) -> Response {
    let late = || Problem(Fault::timeout("the request took too long")).into_response();
    tokio::time::timeout(timeout, next.run(request)).await.unwrap_or_else(|_elapsed| late())
}

async fn shed(State(slots): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    let Ok(_slot) = slots.try_acquire() else {
        let full = Fault::new(FaultKind::Unavailable, "overloaded", "too many requests at a time");
        return Problem(full.retry_after(Duration::from_secs(1))).into_response();
    };
    next.run(request).await
}
