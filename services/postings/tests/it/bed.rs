//! The service on a database of its own, and a plugin over TCP that says what a test tells it to.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use metier_bus::Outbox;
use metier_core::{Actor, Clock, CorrelationId, Ctx, Random, Role, Timestamp, UserId, WorkspaceId};
use metier_postings::{
    Config, Error, MIGRATIONS,
    fetch::Fetcher,
    ops::{
        Desk,
        index::IndexHandle,
        sources,
        sync::{self, Account},
    },
};
use metier_testkit::{Store, stores};
use serde_json::{Value, json};
use uuid::Uuid;

pub struct Bed {
    pub desk: Desk,
    pub clock: Clock,
    pub admin: Ctx,
    _store: Store,
    _folder: tempfile::TempDir,
}

/// A bed on SQLite and one on PostgreSQL.
pub async fn beds() -> Vec<Bed> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut beds = Vec::new();
    for store in stores("postings", &MIGRATIONS).await {
        let folder = tempfile::tempdir().unwrap();
        let (clock, random) = (Clock::manual(Timestamp::from_seconds(1_800_000_000)), Random::system());
        let desk = Desk {
            database: store.database.clone(),
            outbox: Outbox::new(clock.clone(), random.clone()),
            clock: clock.clone(),
            random,
            fetcher: Fetcher::new().unwrap(),
            index: IndexHandle::open(&folder.path().join("index")).unwrap(),
            config: Arc::new(Config::default()),
        };
        beds.push(Bed { desk, clock, admin: admin(), _store: store, _folder: folder });
    }
    beds
}

fn admin() -> Ctx {
    Ctx {
        actor: Actor::User { id: UserId::from_uuid(Uuid::from_u128(1)) },
        workspace: WorkspaceId::DEFAULT,
        grants: Arc::new(Role::Admin.grants()),
        correlation: "test".parse::<CorrelationId>().unwrap(),
        deadline: None,
    }
}

impl Bed {
    /// Registers the plugin under a name.
    pub async fn add(&self, name: &str, plugin: &Plugin) {
        sources::create(&self.desk, &self.admin, name, &plugin.url).await.unwrap();
    }

    pub async fn sync(&self, name: &str) -> Result<Account, Error> {
        sync::run(&self.desk, name, "run", Arc::new(|_| ())).await
    }

    /// Syncs, and takes the changes into the index.
    pub async fn sync_and_index(&self, name: &str) -> Account {
        let account = self.sync(name).await.unwrap();
        self.desk.index.catch_up(&self.desk.database).await.unwrap();
        account
    }

    pub async fn search(&self, words: &str) -> metier_postings::ops::postings::Results {
        let query = metier_postings::search::Query::words(words);
        metier_postings::ops::postings::search(&self.desk, &self.admin, query).await.unwrap()
    }
}

/// What a plugin answers.
#[derive(Clone)]
pub struct Script {
    pub health: Value,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// A plugin on a loopback port.
pub struct Plugin {
    pub url: String,
    pub script: Arc<Mutex<Script>>,
    pub asked: Arc<Mutex<Vec<Value>>>,
}

impl Plugin {
    /// Contract 2, with these lines.
    pub async fn streaming(lines: &[Value]) -> Self {
        let health =
            json!({"status": "healthy", "plugin": "Scripted", "plugin_id": "scripted", "contract": 2});
        let plugin = Self::serve(Script { health, status: 200, headers: vec![], body: String::new() }).await;
        plugin.say(lines);
        plugin
    }

    /// Contract 1, with this answer to `GET /jobs`.
    pub async fn legacy(status: u16, body: &str) -> Self {
        let health = json!({"status": "healthy", "plugin": "Old"});
        Self::serve(Script { health, status, headers: vec![], body: body.to_owned() }).await
    }

    pub fn say(&self, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut script = self.script.lock().unwrap();
        (script.status, script.body) = (200, text);
    }

    pub async fn serve(script: Script) -> Self {
        let (script, asked) = (Arc::new(Mutex::new(script)), Arc::new(Mutex::new(Vec::new())));
        let (told, at) = (script.clone(), script.clone());
        let (streamed, heard) = (script.clone(), asked.clone());
        let answer = |script: Script| {
            let mut response = (StatusCode::from_u16(script.status).unwrap(), script.body).into_response();
            for (name, value) in script.headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        };
        let router = Router::new()
            .route("/health", get(move || async move { axum::Json(told.lock().unwrap().health.clone()) }))
            .route("/sync", post(|| async { axum::Json(json!({"success": true})) }))
            .route("/jobs", get(move || async move { answer(at.lock().unwrap().clone()) }))
            .route(
                "/v2/sync",
                post(move |axum::Json(body): axum::Json<Value>| async move {
                    heard.lock().unwrap().push(body);
                    let script = streamed.lock().unwrap().clone();
                    ([(header::CONTENT_TYPE, "application/x-ndjson")], answer(script)).into_response()
                }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, script, asked }
    }
}

pub fn posting(id: &str, title: &str, text: &str) -> Value {
    json!({"type": "posting", "posting": {
        "original_id": id, "title": title, "company": "Bolaget AB", "url": format!("https://jobs.example/{id}"),
        "description": {"format": "text", "content": text}, "location": {"country": "SE", "text": "Stockholm"},
    }})
}

pub fn checkpoint(value: Value) -> Value {
    json!({"type": "checkpoint", "checkpoint": value})
}

pub fn end(complete: bool, fetched: u64) -> Value {
    json!({"type": "end", "complete": complete, "more": false, "fetched": fetched})
}
