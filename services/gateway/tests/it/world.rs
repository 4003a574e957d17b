//! The door and the services behind it, in one process or each on its own.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, Response},
};
use http_body_util::BodyExt;
use metier_auth::{ApiKey, Claims, Subject};
use metier_core::{Actor, Clock, Grants, Random, SessionId, Timestamp, UserId, WorkspaceId};
use metier_harness::{Kit, Sandbox, ServiceSpec, Topology};
pub use metier_testkit::Answer;
use metier_testkit::postgres::TestDatabase;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::services::{IdentityStandIn, Jobs, Postings, Shared, share};

static REGISTRY: [ServiceSpec; 4] = [
    ServiceSpec::of::<IdentityStandIn>(),
    ServiceSpec::of::<Jobs>(),
    ServiceSpec::of::<Postings>(),
    metier_gateway::SPEC,
];
static NUMBER: AtomicUsize = AtomicUsize::new(0);

pub struct World {
    pub sandbox: Sandbox,
    pub shared: Shared,
    pub clock: Clock,
    _server: Option<TestDatabase>,
}

/// A header as it reached the service.
pub fn seen<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.body["headers"][name].as_str()
}

pub struct Ask<'w> {
    world: &'w World,
    request: axum::http::request::Builder,
    body: Body,
    address: &'static str,
}

impl Ask<'_> {
    pub fn header(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.request = self.request.header(name, value.as_ref());
        self
    }

    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        self.header("authorization", format!("Bearer {}", token.as_ref()))
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub fn from(mut self, address: &'static str) -> Self {
        self.address = address;
        self
    }

    /// The answer as soon as it begins.
    pub async fn open(self) -> Response<Body> {
        let mut request: Request<Body> = self.request.body(self.body).unwrap();
        let address = SocketAddr::new(self.address.parse().unwrap(), 4_000);
        request.extensions_mut().insert(ConnectInfo(address));
        self.world.sandbox.http("gateway").oneshot(request).await.unwrap()
    }

    pub async fn send(self) -> Answer {
        let (head, body) = self.open().await.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes()).into()
    }
}

impl World {
    async fn on(topology: Topology, server: Option<TestDatabase>, settings: Value) -> Self {
        let name = NUMBER.fetch_add(1, Ordering::SeqCst).to_string();
        let mut all = json!({ "identity": { "world": name }, "jobs": { "world": name } });
        all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
        let sandbox = Sandbox::start_with(&REGISTRY, topology, all, clock.clone()).await.unwrap();
        Self { sandbox, shared: share(&name), clock, _server: server }
    }

    pub fn ask(&self, method: Method, path: &str) -> Ask<'_> {
        let request = Request::builder().method(method).uri(path);
        Ask { world: self, request, body: Body::empty(), address: "192.0.2.1" }
    }

    pub fn get(&self, path: &str) -> Ask<'_> {
        self.ask(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Ask<'_> {
        self.ask(Method::POST, path)
    }

    pub fn kit(&self) -> &Kit {
        self.sandbox.kit("gateway")
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A token of somebody signed in, and their session.
    pub fn token(&self) -> (String, SessionId) {
        let kit = self.sandbox.kit("identity");
        let (user, session) = (kit.random.id(self.clock.now()), kit.random.id(self.clock.now()));
        (self.token_of(user, session, &["runs:read"]), session)
    }

    /// A token of this person.
    pub fn token_of(&self, user: UserId, session: SessionId, grants: &[&str]) -> String {
        let kit = self.sandbox.kit("identity");
        let subject = Subject {
            actor: Actor::User { id: user },
            workspace: WorkspaceId::DEFAULT,
            grants: Grants::parse(grants.iter().copied()).unwrap(),
            session: Some(session),
            number: Some(1),
        };
        let claims = Claims::new(subject, Claims::ACCESS_LIFETIME, self.clock.now(), &kit.random);
        kit.signer().unwrap().sign(&claims).unwrap()
    }

    /// A key that the identity service knows.
    pub fn key(&self, grants: &[&str]) -> String {
        let key = ApiKey::generate(&Random::system()).text().expose().clone();
        let grants = grants.iter().map(|&grant| grant.to_owned()).collect();
        self.shared.keys.lock().unwrap().insert(key.clone(), grants);
        key
    }

    pub fn exchanges(&self) -> usize {
        self.shared.exchanges.load(Ordering::SeqCst)
    }
}

/// Runs a test in one process and split; the last line printed names the one that failed.
pub async fn everywhere(test: impl AsyncFn(World)) {
    with(json!({}), test).await;
}

/// The same with settings.
pub async fn with(settings: Value, test: impl AsyncFn(World)) {
    println!("in one process");
    test(World::on(Topology::AllInOneSqlite, None, settings.clone()).await).await;
    println!("split");
    let server = metier_testkit::postgres::database().await;
    let topology = Topology::SplitPostgres(server.url.clone());
    test(World::on(topology, Some(server), settings).await).await;
}
