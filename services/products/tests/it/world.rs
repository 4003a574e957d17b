//! A running products service on either database, and callers with rights of their own.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request},
};
use metier_auth::{Claims, Subject};
use metier_contract_products::ProductsClient;
use metier_core::{Actor, Fault, Grants, Id, Secret, UserId};
use metier_db::{
    Migrations,
    sea_orm::{self, FromQueryResult},
};
use metier_harness::{Kit, Mounted, Sandbox, Service, ServiceSpec, Topology};
pub use metier_testkit::Answer;
use metier_testkit::postgres::TestDatabase;
use serde_json::{Value, json};

/// A service that calls products.
struct Executor;

impl Service for Executor {
    const NAME: &'static str = "executor";
    const PORT: u16 = 7403;
    const SUMMARY: &'static str = "calls";
    const DEPENDS_ON: &'static [&'static str] = &["products"];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = BTreeMap<String, Value>;
    async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

static REGISTRY: [ServiceSpec; 2] = [metier_products::SPEC, ServiceSpec::of::<Executor>()];

/// The running service.
pub struct World {
    pub sandbox: Sandbox,
    _server: Option<TestDatabase>,
}

/// A request under construction.
pub struct Call<'w> {
    world: &'w World,
    request: axum::http::request::Builder,
    body: Option<Value>,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub async fn send(mut self) -> Answer {
        let body = match self.body {
            Some(body) => {
                self.request = self.request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.world.sandbox.send("products", self.request.body(body).unwrap()).await.unwrap().into()
    }
}

impl World {
    pub async fn on(topology: Topology, server: Option<TestDatabase>) -> Self {
        Self { sandbox: Sandbox::start(&REGISTRY, topology).await.unwrap(), _server: server }
    }

    /// A token of somebody with these rights.
    pub fn token(&self, grants: &[&str]) -> Secret<String> {
        let grants = Grants::parse(grants.iter().copied()).unwrap();
        self.sandbox.token(somebody(), grants).unwrap()
    }

    /// The header of somebody in another workspace who may do everything there.
    pub fn stranger(&self) -> String {
        let kit = self.sandbox.kit("products");
        let subject = Subject {
            actor: Actor::User { id: somebody() },
            workspace: Id::from_uuid(uuid::Uuid::from_u128(99)),
            grants: Grants::all(),
            session: None,
            number: None,
        };
        let claims = Claims::new(subject, Duration::from_mins(5), kit.clock.now(), &kit.random);
        format!("Bearer {}", kit.signer().unwrap().sign(&claims).unwrap())
    }

    /// A request of somebody who may do everything with products.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let token = self.token(&["products:*"]);
        self.anonymous(method, path).header("authorization", &format!("Bearer {}", token.expose()))
    }

    pub fn anonymous(&self, method: Method, path: &str) -> Call<'_> {
        Call { world: self, request: Request::builder().method(method).uri(path), body: None }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    pub fn patch(&self, path: &str, tag: &str, body: Value) -> Call<'_> {
        self.call(Method::PATCH, path).header("if-match", tag).json(body)
    }

    pub fn delete(&self, path: &str, tag: &str) -> Call<'_> {
        self.call(Method::DELETE, path).header("if-match", tag)
    }

    /// Adds a product.
    pub async fn product(&self, change: Value) -> Answer {
        self.post("/api/v1/products", lamp(change)).send().await.expect(201)
    }

    /// The gRPC door, showing this token.
    pub fn rpc(&self, token: Secret<String>) -> ProductsClient {
        let kit = self.sandbox.kit("executor");
        ProductsClient::new(kit.link_as("products", Arc::new(token)).unwrap())
    }

    /// Kind, subject and data of all events so far.
    pub async fn events(&self) -> Vec<(String, String, Value)> {
        let database = self.sandbox.kit("products").database().unwrap();
        let query = "SELECT kind, subject, data FROM outbox ORDER BY created_at, id";
        let rows = metier_db::sql::list::<EventRow>(database.reader(), query, vec![]).await.unwrap();
        rows.into_iter()
            .map(|row| (row.kind, row.subject, serde_json::from_str(&row.data).unwrap()))
            .collect()
    }
}

#[derive(FromQueryResult)]
struct EventRow {
    kind: String,
    subject: String,
    data: String,
}

/// The person behind every token.
pub fn somebody() -> UserId {
    Id::from_uuid(uuid::Uuid::from_u128(7))
}

/// A product to add, with some of it different.
pub fn lamp(change: Value) -> Value {
    let mut body = json!({
        "name": "Desk lamp", "category": "Furniture", "price": "19.99", "stock": 12, "rating": 4.5,
        "description": "Dimmable",
    });
    for (key, value) in change.as_object().cloned().unwrap_or_default() {
        body[key] = value;
    }
    body
}

/// Runs a test on each database; the last line printed names the one that failed.
pub async fn on_both(test: impl AsyncFn(World)) {
    println!("on SQLite");
    test(World::on(Topology::AllInOneSqlite, None).await).await;
    println!("on PostgreSQL");
    let server = metier_testkit::postgres::database().await;
    let topology = Topology::AllInOnePostgres(server.url.clone());
    test(World::on(topology, Some(server)).await).await;
}
