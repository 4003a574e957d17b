//! HTTP and gRPC on one port, told apart by the content type.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use axum::{Router, body::Body, response::Response};
use futures::future::BoxFuture;
use http::{Request, header::CONTENT_TYPE};
use tower::{Service, ServiceExt};

/// One router for both. The gRPC side, normally a [`metier_rpc::Guard`], has its own edge and needs none of
/// [`crate::layers`].
pub fn multiplex<R>(http: Router, rpc: R) -> Router
where
    R: Service<Request<Body>, Response = http::Response<tonic::body::Body>, Error = Infallible>,
    R: Clone + Send + Sync + 'static,
    R::Future: Send + 'static,
{
    Router::new().fallback_service(Multiplex { http, rpc })
}

#[derive(Clone)]
struct Multiplex<R> {
    http: Router,
    rpc: R,
}

impl<R> Service<Request<Body>> for Multiplex<R>
where
    R: Service<Request<Body>, Response = http::Response<tonic::body::Body>, Error = Infallible>,
    R: Clone + Send + 'static,
    R::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if is_grpc(&request) {
            let rpc = self.rpc.clone();
            return Box::pin(async move { Ok(rpc.oneshot(request).await?.map(Body::new)) });
        }
        Box::pin(self.http.clone().oneshot(request))
    }
}

/// `application/grpc` and its `+proto` forms, but not gRPC-Web, which is HTTP of another shape.
fn is_grpc(request: &Request<Body>) -> bool {
    let media_type = request.headers().get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let rest = media_type.and_then(|bytes| bytes.strip_prefix(b"application/grpc"));
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}
