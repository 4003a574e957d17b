//! A running scheduler on either database with a clock that stands still, and callers with rights of their own.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request},
};
use metier_core::{Clock, Grants, Id, Timestamp, UserId};
use metier_db::DbError;
use metier_harness::{Kit, Sandbox, ServiceSpec, Topology};
pub use metier_testkit::Answer;
use metier_testkit::postgres::TestDatabase;
use serde_json::{Value, json};

use crate::peers::{Engine, Jobs, People, engine};

static REGISTRY: [ServiceSpec; 3] =
    [ServiceSpec::of::<People>(), ServiceSpec::of::<Jobs>(), metier_scheduler::SPEC];

/// The running service.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    _server: Option<TestDatabase>,
}

impl World {
    pub async fn on(topology: Topology, server: Option<TestDatabase>) -> Self {
        // Real keys and tokens have real times, so the clock begins at a whole hour near the present one.
        let now = Clock::system().now().seconds();
        let clock = Clock::manual(Timestamp::from_seconds(now - now % 3_600));
        let sandbox = Sandbox::start_with(&REGISTRY, topology, json!({}), clock.clone()).await.unwrap();
        Self { sandbox, clock, _server: server }
    }

    pub fn kit(&self) -> &Kit {
        self.sandbox.kit("scheduler")
    }

    /// The engine at the hands of this test.
    pub fn engine<T>(&self, work: impl FnOnce(&mut Engine) -> T) -> T {
        engine(self.kit(), work)
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        self.send_as((somebody(), &["*:*"]), (method, path, body), &[("if-match", "*")]).await
    }

    /// A request of this person with these rights and headers.
    pub async fn send_as(
        &self,
        (who, grants): (UserId, &[&str]),
        (method, path, body): (Method, &str, Option<Value>),
        headers: &[(&str, &str)],
    ) -> Answer {
        let token = self.sandbox.token(who, Grants::parse(grants.iter().copied()).unwrap()).unwrap();
        let mut request = Request::builder().method(method).uri(format!("/api/v1/{path}"));
        request = request.header("authorization", format!("Bearer {}", token.expose()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.sandbox.send("scheduler", request.body(body).unwrap()).await.unwrap();
        answer.into()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, None).await.expect(200).body
    }

    /// Makes a schedule.
    pub async fn schedule(&self, name: &str, change: Value) -> Value {
        self.send(Method::POST, "schedules", Some(wish(name, change))).await.expect(201).body
    }

    /// Moves the clock on and lets the scheduler look.
    pub async fn later(&self, by: Duration) {
        self.clock.advance(by);
        self.look().await;
    }

    /// Lets the scheduler look at its clock.
    pub async fn look(&self) {
        let database = self.kit().database().unwrap();
        let ring = database.write(|tx| {
            Box::pin(async move {
                tx.signal("schedules");
                Ok::<_, DbError>(())
            })
        });
        ring.await.unwrap();
    }

    /// What became of a schedule's times, the earliest first, once there are so many and none is due.
    pub async fn fires(&self, name: &str, count: usize) -> Vec<Value> {
        for _ in 0..2_000 {
            let page = self.get(&format!("schedules/{name}/fires?limit=500")).await;
            let mut fires = page["items"].as_array().unwrap().clone();
            if fires.len() >= count && fires.iter().all(|fire| fire["outcome"] != "due") {
                fires.reverse();
                return fires;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{name} has other fires: {}", self.get(&format!("schedules/{name}/fires")).await);
    }

    /// What became of a schedule's times, in words.
    pub async fn outcomes(&self, name: &str, count: usize) -> Vec<String> {
        let fires = self.fires(name, count).await;
        fires.iter().map(|fire| fire["outcome"].as_str().unwrap().to_owned()).collect()
    }
}

/// The person behind the requests.
pub fn somebody() -> UserId {
    Id::from_uuid(uuid::Uuid::from_u128(7))
}

/// A schedule that fires every ten minutes, with some of it different.
pub fn wish(name: &str, change: Value) -> Value {
    let mut body = json!({
        "name": name,
        "start": { "kind": "fibonacci", "parameters": { "iterations": 1 } },
        "trigger": { "type": "every", "interval": "10m" },
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
