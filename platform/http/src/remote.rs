//! The network behind a [`crate::HttpLink`]: a pooled client, and its failures in our words.

use std::error::Error;

use axum::{body::Body, extract::Request, response::Response};
use http::{
    Uri, Version,
    header::HOST,
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::LengthLimitError;
use hyper_util::{
    client::legacy::{Client, Error as ClientError, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use metier_core::{Fault, FaultKind};

use crate::HttpLinkOptions;

/// A service at an address.
pub(crate) struct Remote {
    authority: Authority,
    client: Client<HttpConnector, Body>,
}

impl Remote {
    pub(crate) fn new(address: &str, options: &HttpLinkOptions) -> Result<Self, Fault> {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(options.connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(options.idle)
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            .build(connector);
        Ok(Self { authority: origin(address)?, client })
    }

    pub(crate) async fn send(&self, mut request: Request) -> Result<Response, Fault> {
        let target = request.uri().path_and_query().cloned();
        let target = target.unwrap_or_else(|| PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::builder()
            .scheme(Scheme::HTTP)
            .authority(self.authority.clone())
            .path_and_query(target)
            .build()
            .map_err(Fault::internal)?;
        *request.version_mut() = Version::HTTP_11;
        request.headers_mut().remove(HOST);
        let response = self.client.request(request).await.map_err(refuse)?;
        Ok(response.map(Body::new))
    }
}

fn origin(address: &str) -> Result<Authority, Fault> {
    let refused = || Fault::invalid("address", format!("{address:?} is not of the form http://host:port"));
    let uri: Uri = address.parse().map_err(|_| refused())?;
    let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.path() == "/" && uri.query().is_none();
    uri.authority().filter(|_| plain).cloned().ok_or_else(refused)
}

/// The fault is the client's when its body was over the limit, and the service's otherwise.
fn refuse(error: ClientError) -> Fault {
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(cause) = next {
        if cause.is::<LengthLimitError>() {
            return Fault::new(FaultKind::TooLarge, "body_too_large", "the body is too large");
        }
        next = cause.source();
    }
    Fault::unavailable("the service is away").caused_by(error)
}
