//! The running service on either database with a clock that stands still, and callers with rights of their own.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request},
};
use metier_bus::NewEvent;
use metier_core::{Clock, Grants, Id, Timestamp, UserId, WorkspaceId};
use metier_db::DbError;
use metier_harness::{Sandbox, ServiceSpec, Topology};
pub use metier_testkit::Answer;
use metier_testkit::postgres::TestDatabase;
use serde_json::{Value, json};

use crate::{
    peers::{Executor, Jobs, People},
    receiver::Receiver,
};

static REGISTRY: [ServiceSpec; 4] = [
    ServiceSpec::of::<People>(),
    ServiceSpec::of::<Jobs>(),
    ServiceSpec::of::<Executor>(),
    metier_notifications::SPEC,
];

/// The running service.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    _server: Option<TestDatabase>,
}

/// People of these tests, by number.
pub fn person(number: u128) -> UserId {
    Id::from_uuid(uuid::Uuid::from_u128(number))
}

impl World {
    pub async fn on(topology: Topology, server: Option<TestDatabase>, networks: &[&str]) -> Self {
        let _installed = rustls::crypto::ring::default_provider().install_default();
        // Real keys and tokens have real times, so the clock begins near the present one.
        let clock = Clock::manual(Timestamp::from_seconds(Clock::system().now().seconds()));
        let settings = json!({ "notifications": { "allow_networks": networks } });
        let sandbox = Sandbox::start_with(&REGISTRY, topology, settings, clock.clone()).await.unwrap();
        Self { sandbox, clock, _server: server }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send_as((person(1), &["*:*"]), (method, path, body)).await
    }

    /// A request of this person with these rights.
    pub async fn send_as(
        &self,
        (who, grants): (UserId, &[&str]),
        (method, path, body): (Method, &str, Option<Value>),
    ) -> Answer {
        let token = self.sandbox.token(who, Grants::parse(grants.iter().copied()).unwrap()).unwrap();
        let mut request = Request::builder().method(method).uri(format!("/api/v1/{path}"));
        request =
            request.header("authorization", format!("Bearer {}", token.expose())).header("if-match", "*");
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.sandbox.send("notifications", request.body(body).unwrap()).await.unwrap();
        answer.into()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await.expect(200).body
    }

    pub async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.send(Method::POST, path, body).await
    }

    /// A webhook of the first person that goes to the receiver; its secret.
    pub async fn webhook(&self, name: &str, receiver: &Receiver, types: &[&str]) -> String {
        let made = self.post("webhooks", Some(wish(name, receiver, types))).await.expect(201);
        made.body["secret"].as_str().unwrap().to_owned()
    }

    /// Ends runs of these owners, all in one event.
    pub async fn end_runs(&self, runs: &[(&str, u128)]) {
        let runs: Vec<_> = runs
            .iter()
            .map(|(id, owner)| {
                json!({ "id": id, "owner": person(*owner), "workspace": WorkspaceId::DEFAULT, "state": "failed",
                        "correlation": "thread" })
            })
            .collect();
        self.publish("jobs", NewEvent::new("run", "run.ended", "batch", json!({ "runs": runs }))).await;
    }

    pub async fn publish(&self, service: &str, event: NewEvent) {
        let kit = self.sandbox.kit(service);
        let (outbox, ctx, database) = (kit.outbox.clone(), kit.ctx(), kit.database().unwrap());
        let write = database.write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(outbox.publish(tx, &ctx, event).await?) })
        });
        write.await.unwrap();
    }

    /// Moves the clock on and lets the service look at it.
    pub async fn later(&self, by: Duration) {
        self.clock.advance(by);
        let database = self.sandbox.kit("notifications").database().unwrap();
        let ring = database.write(|tx| {
            Box::pin(async move {
                tx.signal("deliveries");
                Ok::<_, DbError>(())
            })
        });
        ring.await.unwrap();
    }

    /// The only delivery of a webhook, once it holds.
    pub async fn delivery(&self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3_000 {
            let page = self.get(&format!("webhooks/{name}/deliveries")).await;
            if let [one] = page["items"].as_array().unwrap().as_slice() {
                let path = format!("webhooks/{name}/deliveries/{}", one["id"].as_str().unwrap());
                let whole = self.get(&path).await;
                if holds(&whole) {
                    return whole;
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never held: {}", self.get(&format!("webhooks/{name}/deliveries")).await);
    }

    /// A webhook, once it holds.
    pub async fn until(&self, name: &str, holds: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3_000 {
            let webhook = self.get(&format!("webhooks/{name}")).await;
            if holds(&webhook) {
                return webhook;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it never held: {}", self.get(&format!("webhooks/{name}")).await);
    }
}

pub fn wish(name: &str, receiver: &Receiver, types: &[&str]) -> Value {
    json!({ "name": name, "url": receiver.url(), "types": types })
}

/// Runs a test on each database; the last line printed names the one that failed.
pub async fn on_both(test: impl AsyncFn(World)) {
    let loopback = &["127.0.0.0/8"];
    println!("on SQLite");
    test(World::on(Topology::AllInOneSqlite, None, loopback).await).await;
    println!("on PostgreSQL");
    let server = metier_testkit::postgres::database().await;
    let topology = Topology::AllInOnePostgres(server.url.clone());
    test(World::on(topology, Some(server), loopback).await).await;
}
