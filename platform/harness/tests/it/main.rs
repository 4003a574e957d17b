//! What every service relies on, shown on two small ones in every topology.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod doors;
mod events;
mod life;
mod notes;
mod settings;

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use metier_core::{Grants, Id, Secret};
use metier_harness::{Sandbox, Topology};
use metier_testkit::postgres::{self, TestDatabase};
use serde_json::Value;

use crate::notes::REGISTRY;

/// Running services and the database they may need.
struct Trial {
    sandbox: Sandbox,
    _database: Option<TestDatabase>,
}

impl Trial {
    /// In one process on SQLite, with these settings.
    async fn alone(settings: Value) -> Self {
        let clock = metier_core::Clock::system();
        let sandbox = Sandbox::start_with(REGISTRY, Topology::AllInOneSqlite, settings, clock).await;
        Self { sandbox: sandbox.unwrap(), _database: None }
    }

    /// In every topology, one after the other.
    async fn each() -> [Self; 3] {
        let sqlite = Self::alone(serde_json::json!({})).await;
        let (together, apart) = (postgres::database().await, postgres::database().await);
        let one = Sandbox::start(REGISTRY, Topology::AllInOnePostgres(together.url.clone())).await.unwrap();
        let split = Sandbox::start(REGISTRY, Topology::SplitPostgres(apart.url.clone())).await.unwrap();
        let one = Self { sandbox: one, _database: Some(together) };
        [sqlite, one, Self { sandbox: split, _database: Some(apart) }]
    }

    /// A token of someone who may write notes.
    fn writer(&self) -> Secret<String> {
        let grants = Grants::parse([notes::WRITE.to_string().as_str()]).unwrap();
        self.sandbox.token(Id::from_uuid(uuid::Uuid::from_u128(7)), grants).unwrap()
    }

    async fn write(&self, token: Option<&Secret<String>>, number: i64, text: &str) -> StatusCode {
        let body = serde_json::to_vec(&(number, text)).unwrap();
        let mut request = Request::post("/notes").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.expose()));
        }
        self.sandbox.send("notes", request.body(Body::from(body)).unwrap()).await.unwrap().status()
    }

    async fn get(&self, service: &str, path: &str) -> Response<Vec<u8>> {
        self.sandbox.send(service, Request::get(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    /// Asks until the answer is as wanted; a hang ends the test.
    async fn until(&self, service: &str, path: &str, wanted: impl Fn(&Response<Vec<u8>>) -> bool) {
        let asking = async {
            while !wanted(&self.get(service, path).await) {
                tokio::task::yield_now().await;
            }
        };
        let late = format!("{service} {path} never answered as wanted");
        tokio::time::timeout(Duration::from_secs(30), asking).await.expect(&late);
    }
}

fn json(response: &Response<Vec<u8>>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}
