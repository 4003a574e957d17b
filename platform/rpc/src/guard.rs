//! What stands before every server, in this process and across the network alike.

use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use metier_core::{Authenticate, BoxFuture, Clock, CorrelationId, Ctx, Fault, FaultKind, Random};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use tonic::{Status, body::Body, service::Routes};
use tower::{BoxError, Service, ServiceExt};
use tracing::Instrument;

use crate::{CORRELATION_HEADER, TraceContext, body, deadline, outcome::Outcome};

/// What a [`Guard`] needs and where its limits lie.
#[derive(Clone)]
pub struct GuardOptions {
    /// Who knows the keys.
    pub authenticate: Arc<dyn Authenticate>,
    /// The time.
    pub clock: Clock,
    /// For fresh correlation ids.
    pub random: Random,
    /// Calls at a time; more are refused as unavailable. An open stream counts as long as it is open.
    pub concurrency: usize,
    /// How long a handler may take to begin its answer when the caller set no deadline.
    pub patience: Duration,
}

impl GuardOptions {
    /// 1,024 calls at a time, two minutes of patience.
    pub fn new(authenticate: Arc<dyn Authenticate>, clock: Clock, random: Random) -> Self {
        Self { authenticate, clock, random, concurrency: 1_024, patience: Duration::from_secs(120) }
    }
}

impl fmt::Debug for GuardOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("GuardOptions");
        shown
            .field("concurrency", &self.concurrency)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

/// Routes that let only authenticated calls in, one task per call, each within its deadline.
///
/// It serves [`crate::Link::in_process`] and a network listener; both meet the same rules.
#[derive(Clone)]
pub struct Guard {
    routes: Routes,
    options: Arc<GuardOptions>,
    slots: Arc<Semaphore>,
}

impl Guard {
    /// Stands before these routes.
    pub fn new(routes: Routes, options: GuardOptions) -> Self {
        let slots = Arc::new(Semaphore::new(options.concurrency));
        Self { routes: routes.prepare(), options: Arc::new(options), slots }
    }

    async fn answer(self, request: Request<Body>) -> Response<Body> {
        let headers = request.headers();
        let correlation = correlation(headers).unwrap_or_else(|| self.fresh_correlation());
        let trace = TraceContext::of(headers);
        let trace = trace.unwrap_or_else(|| TraceContext::start(&correlation, &self.options.random));
        let method = request.uri().path().to_owned();
        let span = tracing::info_span!(
            "rpc",
            method,
            correlation_id = %correlation,
            trace_id = trace.trace_id(),
            actor = tracing::field::Empty,
        );
        let outcome = Outcome::server(method, span.clone());
        let refused = match self.admit(request.headers()) {
            Ok((permit, until)) => {
                let work = self.clone().work(request, correlation, until, span.clone());
                let begun = self.begin(trace.scope(work).instrument(span), until).await;
                return body::guard(begun, until, outcome, Some(permit));
            }
            Err(fault) => crate::status(fault).into_http(),
        };
        body::guard(refused, None, outcome, None)
    }

    fn fresh_correlation(&self) -> CorrelationId {
        CorrelationId::fresh(&self.options.clock, &self.options.random)
    }

    fn admit(&self, headers: &HeaderMap) -> Result<(OwnedSemaphorePermit, Option<Instant>), Fault> {
        let until = deadline::read(headers)?.map(|left| Instant::now() + left);
        let permit = Arc::clone(&self.slots).try_acquire_owned().map_err(|_full| {
            Fault::new(FaultKind::Unavailable, "overloaded", "too many calls at a time")
                .retry_after(Duration::from_secs(1))
        })?;
        Ok((permit, until))
    }

    /// One task per call: a panic ends that task only, and a caller that goes away takes it along.
    async fn begin(
        &self,
        work: impl Future<Output = Response<Body>> + Send + 'static,
        until: Option<Instant>,
    ) -> Response<Body> {
        let task = AbortOnDropHandle::new(tokio::spawn(work));
        let until = until.unwrap_or_else(|| Instant::now() + self.options.patience);
        match timeout_at(until, task).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => match error.try_into_panic() {
                Ok(panic) => body::panicked(&*panic).into_http(),
                Err(_aborted) => Status::unavailable("the service is stopping").into_http(),
            },
            Err(_elapsed) => deadline::exceeded().into_http(),
        }
    }

    async fn work(
        self,
        mut request: Request<Body>,
        correlation: CorrelationId,
        until: Option<Instant>,
        span: tracing::Span,
    ) -> Response<Body> {
        request.extensions_mut().clear();
        let authenticated =
            self.options.authenticate.authenticate(request.headers(), &Method::POST, correlation);
        let mut ctx = match authenticated.await {
            Ok(ctx) => ctx,
            Err(fault) => return crate::status(fault).into_http(),
        };
        span.record("actor", tracing::field::display(&ctx.actor));
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        ctx.deadline = left.map(|left| self.options.clock.now().plus(left));
        request.extensions_mut().insert(ctx);
        self.routes.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
    }
}

impl<B> Service<Request<B>> for Guard
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move { Ok(guard.answer(request.map(Body::new)).await) })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("options", &self.options).finish_non_exhaustive()
    }
}

fn correlation(headers: &HeaderMap) -> Option<CorrelationId> {
    headers.get(CORRELATION_HEADER)?.to_str().ok()?.parse().ok()
}

/// The context a call runs in, put there by the [`Guard`].
///
/// # Errors
/// `Internal` when the server is not behind a guard.
pub fn ctx<T>(request: &tonic::Request<T>) -> Result<&Ctx, Status> {
    let ctx = request.extensions().get::<Ctx>();
    ctx.ok_or_else(|| crate::status(Fault::internal("the server is not behind a guard")))
}
