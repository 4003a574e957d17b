//! The way to another service's HTTP side, in this process or across the network: a streaming proxy.

use std::{fmt, sync::Arc, time::Duration};

use axum::{
    RequestExt, Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName,
    header::{CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use metier_core::Fault;
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt;

use crate::{Problem, remote::Remote};

/// Headers that speak of one connection and end with it.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// How long to wait for another service.
#[derive(Clone, Debug)]
pub struct HttpLinkOptions {
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for an answer to begin; longer than the service itself takes to give up.
    pub timeout: Duration,
    /// How long an unused connection is kept.
    pub idle: Duration,
}

impl Default for HttpLinkOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect_timeout: seconds(5), timeout: seconds(70), idle: seconds(20) }
    }
}

/// The way to a service. Bodies stream both ways; a service that is away answers with a problem.
#[derive(Clone)]
pub struct HttpLink {
    way: Way,
    timeout: Duration,
}

#[derive(Clone)]
enum Way {
    InProcess(Router),
    Remote(Arc<Remote>),
    Lazy(Arc<dyn Fn() -> Option<HttpLink> + Send + Sync>),
}

impl HttpLink {
    /// To a router of this process, already within [`crate::layers`].
    pub fn in_process(router: Router) -> Self {
        Self { way: Way::InProcess(router), timeout: HttpLinkOptions::default().timeout }
    }

    /// To `http://host:port`. Connections are made when needed, kept, and made again.
    ///
    /// # Errors
    /// `invalid_parameters` when the address is not an origin.
    pub fn remote(address: &str, options: &HttpLinkOptions) -> Result<Self, Fault> {
        let remote = Remote::new(address, options)?;
        Ok(Self { way: Way::Remote(Arc::new(remote)), timeout: options.timeout })
    }

    /// Asks at each request where to go; until there is an answer, requests fail as unavailable.
    pub fn lazy(resolve: impl Fn() -> Option<Self> + Send + Sync + 'static) -> Self {
        Self { way: Way::Lazy(Arc::new(resolve)), timeout: HttpLinkOptions::default().timeout }
    }

    /// Passes a request on and its answer back. The body limit of the route it came by holds.
    pub async fn send(&self, request: Request) -> Response {
        let mut link = self.clone();
        while let Way::Lazy(resolve) = &link.way {
            let Some(resolved) = resolve() else { return away("the service has not started yet") };
            link = resolved;
        }
        let mut request = request.with_limited_body();
        strip(request.headers_mut());
        request.extensions_mut().clear();
        let answer = async {
            match &link.way {
                Way::InProcess(router) => in_process(router.clone(), request).await,
                Way::Remote(remote) => remote.send(request).await,
                Way::Lazy(_) => Ok(away("the service has not started yet")),
            }
        };
        let late = || Err(Fault::timeout("the service did not answer in time"));
        let answer = tokio::time::timeout(link.timeout, answer).await.unwrap_or_else(|_elapsed| late());
        answer.map_or_else(|fault| Problem(fault).into_response(), clean)
    }
}

/// In a task of its own, so that nothing but the request crosses, as over a network.
async fn in_process(router: Router, request: Request) -> Result<Response, Fault> {
    let task = AbortOnDropHandle::new(tokio::spawn(router.oneshot(request)));
    match task.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(never)) => match never {},
        Err(error) => Err(Fault::internal(error)),
    }
}

fn away(message: &str) -> Response {
    Problem(Fault::unavailable(message)).into_response()
}

fn clean(mut response: Response) -> Response {
    strip(response.headers_mut());
    response.extensions_mut().clear();
    response
}

/// Removes what concerns one connection only, the headers named by `Connection` included.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

impl fmt::Debug for HttpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpLink").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
