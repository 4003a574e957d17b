//! What an installation holds, as a person sees it: runs and postings.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::platform::{Person, Process, client};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Its result is too large to lie in the database.
const LARGE: u32 = 42_000;

/// A run of three tasks.
pub fn some_work() -> Value {
    let items = [10, 200, LARGE].map(|iterations| json!({ "iterations": iterations }));
    json!({ "kind": "fibonacci", "items": items, "max_attempts": 20 })
}

/// Submits runs until told to stop, each when the one before has ended, so that what is open does not grow with the
/// time the backup takes. Answers those that were acknowledged.
pub fn submit_on(url: &str, stop: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
    let (url, stop) = (url.to_owned(), Arc::clone(stop));
    tokio::spawn(async move {
        let person = Person::sign_in(&url).await;
        let mut acknowledged = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let id = person.submit_at(&url, &some_work()).await;
            person.ended(&url, &id).await;
            acknowledged.push(id);
        }
        acknowledged
    })
}

/// A run, if there is one.
pub async fn get(person: &Person, url: &str, id: &str) -> Option<Value> {
    let url = format!("{url}/api/v1/runs/{id}");
    let answer = client().get(url).bearer_auth(person.token()).send().await.unwrap();
    match answer.status().as_u16() {
        404 => None,
        200 => Some(answer.json().await.unwrap()),
        status => panic!("{status} {}", answer.text().await.unwrap()),
    }
}

/// The runs that have ended.
pub async fn ended(person: &Person, url: &str, ids: &[String]) -> BTreeMap<String, Value> {
    let mut ended = BTreeMap::new();
    for id in ids {
        let run = get(person, url, id).await.unwrap();
        if run["ended_at"].is_string() {
            ended.insert(id.clone(), run);
        }
    }
    ended
}

/// The invented postings, from a plugin of its own.
pub struct Demo {
    _plugin: Process,
    address: String,
}

impl Demo {
    pub async fn start() -> Self {
        let mut plugin = Process::start(&["plugin", "run", "demo", "--port", "0"], &["demo".to_owned()], &[]);
        plugin.says("listens on http://").await;
        let said = plugin.said();
        let (_, address) = said.split_once("listens on ").unwrap();
        let address = address.split_whitespace().next().unwrap().to_owned();
        Self { _plugin: plugin, address }
    }

    /// Registers the source.
    pub async fn add(&self, person: &Person, url: &str) {
        let source = json!({ "name": "demo", "url": self.address });
        person.create(format!("{url}/api/v1/sources"), &source).await;
    }

    /// Syncs it, as soon as a worker is there for that. Answers the log's line.
    pub async fn sync(&self, person: &Person, url: &str) -> Value {
        let (began, source) = (Instant::now(), format!("{url}/api/v1/sources/demo"));
        let run = loop {
            let request = client().post(format!("{source}/sync")).bearer_auth(person.token());
            let answer = request.send().await.unwrap();
            if answer.status().is_success() {
                break answer.json::<Value>().await.unwrap();
            }
            assert!(began.elapsed() < PATIENCE, "{}", answer.text().await.unwrap());
            sleep(LOOK_EVERY).await;
        };
        person.ended(url, run["run"].as_str().unwrap()).await;
        person.find(format!("{source}/syncs?limit=1")).await.unwrap()["items"][0].take()
    }
}

/// Waits until a search finds this many postings.
pub async fn finds(person: &Person, url: &str, query: &str, total: u64) {
    let (began, url) = (Instant::now(), format!("{url}/api/v1/postings?{query}"));
    loop {
        let page = person.find(url.clone()).await;
        if page.as_ref().is_some_and(|page| page["total"] == total) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{query} does not find {total}: {page:?}");
        sleep(LOOK_EVERY).await;
    }
}
