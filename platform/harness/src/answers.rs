//! What every service answers besides its own routes, and what stands before all of them.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use metier_core::Permission;
use metier_http::{HttpLink, LayerOptions, Problem, Visitor, admission, layers, multiplex, openapi};
use metier_rpc::{Guard, GuardOptions, Link};
use tonic::service::Routes;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    Kit, Mounted, grpc_health,
    health::{Health, HealthReport, HealthStatus},
    numbers::Numbers,
    peers::Ways,
    until_stop::UntilStop,
};

/// To read numbers at the public door. At the others, which only operators reach, they are open.
const READ_METRICS: Permission = Permission::new("metrics", "read");

#[derive(Clone)]
struct Common {
    public: bool,
    health: Health,
    numbers: Numbers,
    openapi: Arc<OpenApi>,
}

/// What answers behind the doors of a service, its edges around it.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) http: Router,
    pub(crate) rpc: Guard,
}

impl Answers {
    /// The doors of a service that was built.
    pub(crate) fn new(kit: &Kit, mounted: Mounted, health: &Health, numbers: &Numbers) -> Self {
        let callers = mounted.authenticate.unwrap_or_else(|| Arc::clone(&kit.authenticate));
        let edge = LayerOptions::new(Arc::clone(&callers), kit.clock.clone(), kit.random.clone());
        let guard = GuardOptions::new(callers, kit.clock.clone(), kit.random.clone());
        Self {
            http: layers(http(kit, mounted.http, health, numbers), edge),
            rpc: Guard::new(rpc(kit, (mounted.rpc, &mounted.descriptors), health), guard),
        }
    }

    /// Both behind one port.
    pub(crate) fn both(&self) -> Router {
        multiplex(self.http.clone(), self.rpc.clone())
    }

    /// The ways in for who shares the process.
    pub(crate) fn ways(&self) -> Ways {
        Ways { rpc: Link::in_process(self.rpc.clone()), http: HttpLink::in_process(self.http.clone()) }
    }
}

fn rpc(kit: &Kit, (own, descriptors): (Routes, &[&'static [u8]]), health: &Health) -> Routes {
    let routes = own.add_service(grpc_health::server(health.clone()));
    let routes = described(routes, descriptors);
    match &kit.database {
        Some(database) => {
            routes.add_service(UntilStop::new(metier_bus::serve(database.clone()), kit.stop.clone()))
        }
        None => routes,
    }
}

/// The routes, and what their protocols say by the name of `grpc.reflection.v1`. Nothing in it is secret.
fn described(routes: Routes, descriptors: &[&'static [u8]]) -> Routes {
    if descriptors.is_empty() {
        return routes;
    }
    let sets = descriptors.iter().chain([&tonic_health::pb::FILE_DESCRIPTOR_SET]);
    let builder = sets.fold(tonic_reflection::server::Builder::configure(), |builder, set| {
        builder.register_encoded_file_descriptor_set(set)
    });
    match builder.build_v1() {
        Ok(reflection) => routes.add_service(reflection),
        Err(error) => {
            tracing::error!(%error, "the protocols cannot be described to tools; they are served all the same");
            routes
        }
    }
}

fn http(kit: &Kit, own: OpenApiRouter, health: &Health, numbers: &Numbers) -> Router {
    let (own, described) = own.split_for_parts();
    let mut openapi = openapi::finish(described);
    openapi.info.title = format!("metier {}", kit.name);
    openapi.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let own = admission(own, &openapi);
    let (health, numbers, openapi) = (health.clone(), numbers.clone(), Arc::new(openapi));
    let common = Common { public: kit.public, health, numbers, openapi };
    let common = Router::new()
        .route("/health", get(report))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics_text))
        .route("/openapi.json", get(description))
        .with_state(common);
    own.merge(common)
}

async fn report(State(common): State<Common>) -> (StatusCode, Json<HealthReport>) {
    let report = common.health.report().await;
    let status = match report.status {
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
        HealthStatus::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report))
}

async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn ready(State(common): State<Common>) -> StatusCode {
    if common.health.ready().await { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn metrics_text(State(common): State<Common>, Visitor(ctx): Visitor) -> Result<Response, Problem> {
    if common.public {
        ctx.require(READ_METRICS)?;
    }
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, common.numbers.read().await).into_response())
}

async fn description(State(common): State<Common>) -> Json<OpenApi> {
    Json(common.openapi.as_ref().clone())
}
