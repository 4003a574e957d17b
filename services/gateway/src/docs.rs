//! What the door itself answers: where things are, and one description of the whole API.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRef, Request, State},
    response::{IntoResponse, Response},
};
use futures::future::join_all;
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, VARY},
};
use http_body_util::{BodyExt, Limited};
use metier_core::{Clock, Timestamp};
use metier_http::{HttpLink, Json};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::{
    console::Console,
    domain::{openapi, routes},
    events::Events,
};

/// A complete description is kept this long.
const KEPT_FOR: Duration = Duration::from_mins(1);
/// How long to wait for the description of one service.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest description of one service that is read.
const LONGEST: usize = 4 * 1024 * 1024;

/// Where things are.
#[derive(Serialize, ToSchema)]
#[schema(as = Entrance)]
pub(crate) struct EntranceBody {
    /// Always `metier`.
    #[schema(example = "metier")]
    service: &'static str,
    /// Which build.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Where to go on.
    links: Links,
}

/// Where to go on.
#[derive(Serialize, ToSchema)]
pub(crate) struct Links {
    /// The native API.
    #[schema(example = "/api/v1")]
    api: &'static str,
    /// Its description.
    #[schema(example = "/api/openapi.json")]
    openapi: &'static str,
    /// How all services are.
    #[schema(example = "/health")]
    health: &'static str,
}

/// What the door answers by itself.
#[derive(Clone, FromRef)]
pub(crate) struct Own {
    /// To programs.
    pub(crate) docs: Docs,
    /// To browsers.
    pub(crate) console: Console,
    /// To those who follow what happens.
    pub(crate) events: Events,
}

/// Where things are
///
/// A browser gets the console.
#[utoipa::path(get, path = "/", tag = "system", security(()), responses((status = 200, body = EntranceBody)))]
pub(crate) async fn entrance(State(console): State<Console>, headers: HeaderMap) -> Response {
    if let Some(page) = console.page(&headers) {
        return page;
    }
    let links = Links { api: "/api/v1", openapi: "/api/openapi.json", health: "/health" };
    let body = Json(EntranceBody { service: "metier", version: env!("CARGO_PKG_VERSION"), links });
    ([(VARY, ACCEPT.as_str())], body).into_response()
}

/// Reads the descriptions of all services. Clones share what is kept.
#[derive(Clone)]
pub(crate) struct Docs(Arc<Inner>);

struct Inner {
    clock: Clock,
    services: Vec<(&'static str, HttpLink)>,
    own: Value,
    kept: Mutex<Option<(Timestamp, Value)>>,
}

impl Docs {
    /// What the door describes of itself, and the descriptions of these services.
    pub(crate) fn new(clock: Clock, own: Value, services: Vec<(&'static str, HttpLink)>) -> Self {
        Self(Arc::new(Inner { clock, services, own, kept: Mutex::default() }))
    }

    async fn whole(&self) -> Value {
        let mut kept = self.0.kept.lock().await;
        let now = self.0.clock.now();
        if let Some((_, whole)) = kept.as_ref().filter(|(at, _)| now.since(*at) < KEPT_FOR) {
            return whole.clone();
        }
        let (whole, missing) = self.read().await;
        *kept = missing.is_empty().then(|| (now, whole.clone()));
        whole
    }

    async fn read(&self) -> (Value, Vec<&'static str>) {
        let mut whole = json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Metier",
                "version": env!("CARGO_PKG_VERSION"),
                "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" }
            },
            "paths": {}
        });
        openapi::merge(&mut whole, "gateway", self.0.own.clone(), |_| true);
        let asked =
            self.0.services.iter().map(|(service, link)| async move { (*service, description(link).await) });
        let mut missing = Vec::new();
        for (service, described) in join_all(asked).await {
            match described {
                Some(part) => {
                    openapi::merge(&mut whole, service, part, |path| {
                        routes::service_of_path(path) == Some(service)
                    });
                }
                None => missing.push(service),
            }
        }
        if !missing.is_empty() {
            whole["x-missing"] = json!(missing);
        }
        (whole, missing)
    }
}

async fn description(link: &HttpLink) -> Option<Value> {
    let request = Request::builder().uri("/openapi.json").body(Body::empty()).ok()?;
    let response = tokio::time::timeout(PATIENCE, link.send(request)).await.ok()?;
    if response.status() != StatusCode::OK {
        return None;
    }
    let bytes =
        tokio::time::timeout(PATIENCE, Limited::new(response.into_body(), LONGEST).collect()).await.ok()?;
    serde_json::from_slice(&bytes.ok()?.to_bytes()).ok()
}

/// The whole API
///
/// An OpenAPI document of all services. Services that are away are named in `x-missing`.
#[utoipa::path(get, path = "/api/openapi.json", tag = "system", security(()),
    responses((status = 200, body = serde_json::Value, content_type = "application/json")))]
pub(crate) async fn whole(State(docs): State<Docs>) -> Response {
    Json(docs.whole().await).into_response()
}
