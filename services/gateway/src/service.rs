//! The service as the registry knows it.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    routing::{any, post},
};
use http::StatusCode;
use metier_auth::Authenticator;
use metier_contract_identity::{IdentityClient, SERVICE as IDENTITY};
use metier_core::{Actor, Ctx, Fault, Grants};
use metier_db::Migrations;
use metier_harness::{HealthCheck, Kit, Mounted, Service, ServiceSpec};
use metier_http::{HttpLink, LayerOptions, body_limit, openapi};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    config::Config,
    console::{self, Console},
    docs::{self, Docs, Own},
    domain::routes::{
        API, JOBBER, JWKS, OPENJOBS_SERVICE, ROUTES, called_services, routed_services, service_of_path,
    },
    door::Door,
    entry::Entry,
    events::{self, Events},
    exchange::KeyExchange,
    openjobs,
    proxy::{Passage, pass},
    reference, rpc,
    tls::certificates,
};

/// The row of the registry.
pub const SPEC: ServiceSpec = ServiceSpec::of::<GatewayService>();

/// The single public door.
#[derive(Clone, Copy, Debug)]
pub struct GatewayService;

impl Service for GatewayService {
    const NAME: &'static str = "gateway";
    const PORT: u16 = 7400;
    const SUMMARY: &'static str = "the single public door";
    const DEPENDS_ON: &'static [&'static str] = &[IDENTITY];
    const MIGRATIONS: Option<Migrations> = None;
    const PUBLIC: bool = true;
    type Config = Config;

    async fn build(config: Config, kit: Kit) -> Result<Mounted, Fault> {
        let door = door(&kit)?;
        let peers: Vec<&'static str> = kit.peers().into_iter().filter(|peer| *peer != kit.name).collect();
        let entry = Entry::new(&config, &kit)?;
        let is_there = |service: &&'static str| {
            peers.contains(service) && !config.without.iter().any(|it| it == service)
        };
        let events = Events::new(&kit, &routed_services().filter(is_there).collect::<Vec<_>>())?;
        let mut mounted = Mounted::default().with_http(http(&kit, &door, &entry, (&peers, &events))?);
        mounted.rpc = rpc::routes(door.clone(), entry.clients().clone(), calls(&kit, &peers)?);
        let waited_for = peers.iter().filter(|peer| !config.without.iter().any(|name| name == **peer));
        for peer in waited_for {
            mounted = mounted.with_health(is_ready(peer, kit.http_link(peer)?));
        }
        if let Some(address) = config.openjobs_listen {
            let router = openjobs_router(&kit, &door, &entry)?;
            mounted = mounted.with_loop(openjobs::listener(address, router).await?);
        }
        Ok(events
            .run_in(mounted)
            .with_authenticate(Arc::new(door))
            .with_certificates(certificates(&config, kit.public_url.as_deref())?))
    }
}

fn door(kit: &Kit) -> Result<Door, Fault> {
    let authenticator =
        Authenticator::new(kit.verifier.clone(), kit.clock.clone()).with_cookies(kit.csrf.clone());
    let identity = IdentityClient::new(kit.link(IDENTITY)?);
    Ok(Door::new(authenticator, KeyExchange::new(identity, kit.ctx(), kit.clock.clone())))
}

/// The ways for gRPC calls. They act for nobody: what a call may do is in the token it carries.
fn calls(kit: &Kit, peers: &[&'static str]) -> Result<HashMap<&'static str, metier_rpc::Link>, Fault> {
    let services = called_services().filter(|service| peers.contains(service));
    let nobody = |kit: &Kit| Ctx::anonymous(kit.ctx().correlation);
    services.map(|service| Ok((service, kit.link_for(service, nobody(kit))?))).collect()
}

fn openjobs_router(kit: &Kit, door: &Door, entry: &Entry) -> Result<Router, Fault> {
    let passage = passage(kit, door, OPENJOBS_SERVICE, &kit.http_link(OPENJOBS_SERVICE)?);
    let edge = LayerOptions::new(Arc::new(door.clone()), kit.clock.clone(), kit.random.clone());
    Ok(openjobs::router(passage, entry, edge))
}

fn http(
    kit: &Kit,
    door: &Door,
    entry: &Entry,
    (peers, events): (&[&'static str], &Events),
) -> Result<OpenApiRouter, Fault> {
    let links = peers.iter().map(|peer| Ok((*peer, kit.http_link(peer)?)));
    let links = links.collect::<Result<Vec<(&'static str, HttpLink)>, Fault>>()?;
    let own = || {
        let own = OpenApiRouter::<Own>::new().routes(routes!(docs::entrance)).routes(routes!(docs::whole));
        own.routes(routes!(events::follow))
    };
    let described = serde_json::to_value(openapi::finish(own().to_openapi())).map_err(Fault::internal)?;
    let docs = Docs::new(kit.clock.clone(), described, links.clone());
    let console = Console::embedded();
    let otherwise = any(console::or_nothing).with_state(console.clone());
    let passages = passages(kit, door, &links);
    let router =
        own().with_state(Own { docs, console, events: events.clone() }).merge(OpenApiRouter::from(passages));
    let router = router.merge(OpenApiRouter::from(reference::routes()));
    let router = router.fallback_service(otherwise);
    let (routes, described) = router.split_for_parts();
    Ok(OpenApiRouter::with_openapi(described).merge(OpenApiRouter::from(entry.before(routes))))
}

/// A route for each row of the table whose service there is, with its own body limit.
fn passages(kit: &Kit, door: &Door, links: &[(&'static str, HttpLink)]) -> Router {
    let passage = |service, link| passage(kit, door, service, link);
    let link = |service: &str| links.iter().find(|(name, _)| *name == service).map(|(_, link)| link);
    let mut router = Router::new();
    for route in ROUTES {
        let Some(link) = link(route.service) else { continue };
        let passed = any(pass).with_state(passage(route.service, link)).layer(body_limit(route.body_limit));
        let segment = route.segment;
        router = router.route(&format!("{API}{segment}"), passed.clone());
        router = router.route(&format!("{API}{segment}/{{*rest}}"), passed);
    }
    for &(path, service, limit) in JOBBER {
        let Some(link) = link(service) else { continue };
        router = router.route(path, post(pass).with_state(passage(service, link)).layer(body_limit(limit)));
    }
    match service_of_path(JWKS).and_then(|service| Some((service, link(service)?))) {
        Some((service, link)) => router.route(JWKS, any(pass).with_state(passage(service, link))),
        None => router,
    }
}

fn passage(kit: &Kit, door: &Door, service: &'static str, link: &HttpLink) -> Passage {
    let (link, door) = (link.clone(), door.clone());
    Passage { service, link, door, own_tokens: kit.tokens_for(service, powerless(kit)) }
}

/// The door as such: it proves that it is the door and may do nothing.
fn powerless(kit: &Kit) -> Ctx {
    Ctx {
        actor: Actor::Service { name: kit.name.to_owned() },
        grants: Arc::new(Grants::default()),
        ..kit.ctx()
    }
}

/// Whether a service is ready, in its own words; why it is not stays inside.
fn is_ready(service: &'static str, link: HttpLink) -> HealthCheck {
    HealthCheck::new(service, move || {
        let link = link.clone();
        async move {
            let request =
                Request::builder().uri("/health/ready").body(Body::empty()).map_err(Fault::internal)?;
            match link.send(request).await.status() {
                StatusCode::NO_CONTENT | StatusCode::OK => Ok(()),
                _ => Err(Fault::unavailable(format!("{service} is not ready"))),
            }
        }
    })
}
