//! What stands before the routes of every door: how much one client may ask, from which pages, and whether a
//! browser is to come back over TLS.

use axum::{Router, middleware::from_fn_with_state, response::Response};
use http::{
    HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, LOCATION, RETRY_AFTER, STRICT_TRANSPORT_SECURITY},
};
use metier_auth::CSRF_HEADER;
use metier_core::Fault;
use metier_harness::Kit;
use metier_rpc::CORRELATION_HEADER;
use tower_http::{cors::CorsLayer, set_header::SetResponseHeaderLayer};

use crate::{
    clients::{self, Clients, admit},
    config::{Config, CorsConfig},
    openjobs::KEY_HEADER,
};

/// The same before each door: a client's requests count wherever they come in. Clones share it.
#[derive(Clone)]
pub struct Entry {
    clients: Clients,
    cors: CorsLayer,
    hsts: Option<HeaderValue>,
}

impl Entry {
    /// As configured.
    ///
    /// # Errors
    /// When an origin is not one.
    pub fn new(config: &Config, kit: &Kit) -> Result<Self, Fault> {
        let over_tls = kit.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
        Ok(Self {
            clients: Clients::new(config, kit.clock.clone()),
            cors: cors(&config.cors)?,
            hsts: over_tls.then(|| HeaderValue::from_static("max-age=31536000")),
        })
    }

    /// Who asks how much, wherever they come in.
    pub fn clients(&self) -> &Clients {
        &self.clients
    }

    /// Stands before these routes, their fallback included.
    pub fn before(&self, routes: Router) -> Router {
        let hsts = self.hsts.clone();
        let promise = move |_: &Response| hsts.clone();
        routes
            .layer(from_fn_with_state(self.clients.clone(), admit))
            .layer(self.cors.clone())
            .layer(SetResponseHeaderLayer::if_not_present(STRICT_TRANSPORT_SECURITY, promise))
    }
}

fn cors(config: &CorsConfig) -> Result<CorsLayer, Fault> {
    if config.origins.is_empty() {
        return Ok(CorsLayer::new());
    }
    let parse = |origin: &String| {
        let is_origin = origin.starts_with("https://") || origin.starts_with("http://");
        let value = HeaderValue::from_str(origin).ok().filter(|_| is_origin && !origin.ends_with('/'));
        value.ok_or_else(|| {
            Fault::invalid(
                "gateway.cors.origins",
                format!("{origin:?} is not an origin such as https://example.org"),
            )
        })
    };
    let origins = config.origins.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    let name = HeaderName::from_static;
    let taken = [
        AUTHORIZATION,
        CONTENT_TYPE,
        IF_MATCH,
        name("idempotency-key"),
        name("last-event-id"),
        name(CORRELATION_HEADER),
        name(CSRF_HEADER),
        name(KEY_HEADER),
    ];
    Ok(CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(taken)
        .expose_headers([
            ETAG,
            LOCATION,
            RETRY_AFTER,
            clients::LIMIT,
            clients::REMAINING,
            clients::RESET,
            name(CORRELATION_HEADER),
        ]))
}
