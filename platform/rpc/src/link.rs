//! The one way to a peer: in this process, across the network, or not yet known.

use std::{
    fmt,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use metier_core::{BoxFuture, Fault};
use tonic::{Status, body::Body};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, util::BoxCloneSyncService};

use crate::{RemoteOptions, remote};

/// What generated clients talk through, whatever lies behind: `XClient::new(link)`. Cheap to clone.
#[derive(Clone)]
pub struct Link(BoxCloneSyncService<Request<Body>, Response<Body>, Status>);

impl Link {
    /// Calls a service of this process, normally a [`crate::Guard`], without a network in between.
    ///
    /// Extensions are cleared both ways: across a network there are none, and a caller must not be able to
    /// slip an identity in.
    pub fn in_process<S, B>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::cleared(
            ServiceBuilder::new()
                .map_response(|response: Response<B>| response.map(Body::new))
                .map_err(|error: S::Error| Status::from_error(error.into()))
                .service(service),
        )
    }

    /// Calls a peer at `http://host:port` or `unix:///path`. It connects when first used and again whenever
    /// the connection breaks, so the peer may start later. Needs a running Tokio runtime.
    ///
    /// # Errors
    /// `invalid_parameters` when the address is not one.
    pub fn remote(address: &str, options: &RemoteOptions) -> Result<Self, Fault> {
        let channel = remote::channel(address, options)?;
        Ok(Self::cleared(
            ServiceBuilder::new()
                .map_response(|response: Response<Body>| response.map(remote::body))
                .map_err(|error: tonic::transport::Error| remote::broken(error.into()))
                .service(channel),
        ))
    }

    /// Asks at each call where to go, so that services may depend on each other in a circle and start in
    /// any order. Until there is an answer, calls fail as unavailable.
    pub fn lazy(resolve: impl Fn() -> Option<Self> + Clone + Send + Sync + 'static) -> Self {
        Self(BoxCloneSyncService::new(tower::service_fn(move |request| {
            let link = resolve();
            async move {
                let away = || crate::status(Fault::unavailable("the service has not started yet"));
                link.ok_or_else(away)?.oneshot(request).await
            }
        })))
    }

    /// The same link with a layer before it.
    #[must_use]
    pub fn layer<L>(self, layer: &L) -> Self
    where
        L: Layer<Self>,
        L::Service:
            Service<Request<Body>, Response = Response<Body>, Error = Status> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    {
        Self(BoxCloneSyncService::new(layer.layer(self)))
    }

    fn cleared<S>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Status> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        let clear_request = |mut request: Request<Body>| {
            request.extensions_mut().clear();
            request
        };
        let clear_response = |mut response: Response<Body>| {
            response.extensions_mut().clear();
            response
        };
        let cleared = ServiceBuilder::new().map_request(clear_request).map_response(clear_response);
        Self(BoxCloneSyncService::new(cleared.service(service)))
    }
}

impl Service<Request<Body>> for Link {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.0.call(request)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}
