//! A running identity service on either database, and people who call it.

use std::{net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, header},
};
use metier_core::{Clock, Fault, Timestamp};
use metier_db::{
    Migrations,
    sea_orm::{self, FromQueryResult},
};
use metier_harness::{Kit, Mounted, Sandbox, Service, ServiceSpec, Topology};
pub use metier_testkit::Answer;
use metier_testkit::postgres::TestDatabase;
use serde_json::{Value, json};

pub const PASSWORD: &str = "correct horse battery";

/// A service of another name, so that tests can call as it.
macro_rules! caller {
    ($type:ident, $name:literal, $port:literal) => {
        struct $type;
        impl Service for $type {
            const NAME: &'static str = $name;
            const PORT: u16 = $port;
            const SUMMARY: &'static str = "calls";
            const DEPENDS_ON: &'static [&'static str] = &[];
            const MIGRATIONS: Option<Migrations> = None;
            type Config = std::collections::BTreeMap<String, Value>;
            async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
                Ok(Mounted::default())
            }
        }
    };
}
caller!(Gateway, "gateway", 7400);
caller!(Jobs, "jobs", 7402);

static REGISTRY: [ServiceSpec; 3] =
    [metier_identity::SPEC, ServiceSpec::of::<Gateway>(), ServiceSpec::of::<Jobs>()];

/// The running service.
pub struct World {
    pub sandbox: Sandbox,
    pub clock: Clock,
    _server: Option<TestDatabase>,
}

/// The first part of a cookie that the answer sets, and all of it.
pub fn cookie(answer: &Answer, name: &str) -> Option<(String, String)> {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let line = lines.into_iter().find(|line| line.starts_with(&format!("{name}=")))?;
    Some((line.split(';').next().unwrap().to_owned(), line.to_owned()))
}

/// A request under construction.
pub struct Call<'w> {
    world: &'w World,
    request: axum::http::request::Builder,
    body: Option<Value>,
    address: Option<SocketAddr>,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn from(mut self, address: &str) -> Self {
        let address = if address.contains(':') { format!("[{address}]:9") } else { format!("{address}:9") };
        self.address = Some(address.parse().unwrap());
        self
    }

    /// Each call is a millisecond after the one before, so that ids are in the order of the calls.
    pub async fn send(mut self) -> Answer {
        self.world.clock.advance(Duration::from_millis(1));
        let body = match &self.body {
            Some(body) => {
                self.request = self.request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let mut request: Request<Body> = self.request.body(body).unwrap();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        self.world.sandbox.send("identity", request).await.unwrap().into()
    }
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub access: String,
    pub refresh: String,
    pub session: String,
    pub device: String,
}

impl World {
    pub async fn on(topology: Topology, server: Option<TestDatabase>, settings: Value) -> Self {
        let mut all = json!({ "identity": { "passwords": { "memory_kib": 64, "passes": 1 } } });
        merge(&mut all, settings);
        let clock = Clock::manual(Timestamp::from_seconds(1_800_000_000));
        let sandbox = Sandbox::start_with(&REGISTRY, topology, all, clock.clone()).await.unwrap();
        Self { sandbox, clock, _server: server }
    }

    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let request = Request::builder().method(method).uri(path);
        Call { world: self, request, body: None, address: None }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    pub fn kit(&self) -> &Kit {
        self.sandbox.kit("identity")
    }

    pub fn login(&self, email: &str, password: &str) -> Call<'_> {
        self.post("/api/v1/auth/login", json!({ "email": email, "password": password }))
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The first administrator, made with the printed token.
    pub async fn admin(&self) -> Person {
        let token = metier_identity::setup_token(self.kit()).await.unwrap().unwrap();
        let body = json!({ "token": token.expose(), "email": "root@example.org", "password": PASSWORD });
        self.post("/api/v1/setup", body).send().await.expect(201);
        self.person("root@example.org").await
    }

    /// Somebody with this role, made by `admin` and signed in.
    pub async fn member(&self, admin: &Person, email: &str, role: &str) -> Person {
        let body = json!({ "email": email, "password": PASSWORD, "role": role });
        self.post("/api/v1/users", body).bearer(&admin.access).send().await.expect(201);
        self.person(email).await
    }

    /// Signs in.
    pub async fn person(&self, email: &str) -> Person {
        let answer = self.login(email, PASSWORD).send().await.expect(200);
        Person {
            id: answer.body["user"]["id"].as_str().unwrap().to_owned(),
            access: answer.text("access_token"),
            refresh: answer.text("refresh_token"),
            session: answer.text("session_id"),
            device: answer.text("device_token"),
        }
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/v1/auth/refresh", json!({ "refresh_token": token })).send().await
    }

    /// Kinds of all events so far.
    pub async fn events(&self) -> Vec<(String, String)> {
        let database = self.kit().database().unwrap();
        let query = "SELECT kind, data FROM outbox ORDER BY created_at, id";
        let rows = metier_db::sql::list::<EventRow>(database.reader(), query, vec![]).await.unwrap();
        rows.into_iter().map(|row| (row.kind, row.data)).collect()
    }
}

#[derive(FromQueryResult)]
struct EventRow {
    kind: String,
    data: String,
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Runs a test on each database; the last line printed names the one that failed.
pub async fn on_both(test: impl AsyncFn(World)) {
    with(json!({}), test).await;
}

/// The same with settings.
pub async fn with(settings: Value, test: impl AsyncFn(World)) {
    println!("on SQLite");
    test(World::on(Topology::AllInOneSqlite, None, settings.clone()).await).await;
    println!("on PostgreSQL");
    let server = metier_testkit::postgres::database().await;
    let topology = Topology::AllInOnePostgres(server.url.clone());
    test(World::on(topology, Some(server), settings).await).await;
}
