//! Calls that wait for something new end when the process is about to: their callers ask again elsewhere.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use http::{Request, Response};
use metier_core::BoxFuture;
use tokio_util::sync::CancellationToken;
use tonic::{Status, body::Body, server::NamedService};
use tower::Service;

/// A gRPC server whose calls only read, and so may be ended at any moment.
#[derive(Clone)]
pub(crate) struct UntilStop<S> {
    inner: S,
    stop: CancellationToken,
}

impl<S> UntilStop<S> {
    pub(crate) fn new(inner: S, stop: CancellationToken) -> Self {
        Self { inner, stop }
    }
}

impl<S: NamedService> NamedService for UntilStop<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for UntilStop<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (answer, stop) = (self.inner.call(request), self.stop.clone());
        Box::pin(async move {
            tokio::select! {
                answer = answer => answer,
                () = stop.cancelled_owned() => Ok(Status::unavailable("the service is stopping").into_http()),
            }
        })
    }
}
