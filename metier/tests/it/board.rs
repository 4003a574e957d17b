//! Sources, syncs and searches, as a person uses them through the public door.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::platform::{Person, Platform, client};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A person at the public door.
pub struct Board {
    pub person: Person,
    door: String,
}

/// How a sync ended.
#[derive(Debug)]
pub struct Synced {
    /// Its run.
    pub run: Value,
    /// The run's only task.
    pub task: Value,
    /// Its entry in the source's log.
    pub log: Value,
}

impl Synced {
    /// Fetched, new, updated, duplicate, rejected, as the log has them.
    pub fn counts(&self) -> [i64; 5] {
        let names = ["fetched", "new", "updated", "duplicate", "rejected"];
        let counts = names.map(|name| self.log[name].as_i64().unwrap());
        assert_eq!(counts[0], counts[1..].iter().sum::<i64>(), "not every entry is accounted for: {self:?}");
        counts
    }

    /// Why it failed, as the source's log has it; the run has the same reason.
    pub fn reason(&self) -> &str {
        assert_eq!(self.run["state"], "failed", "{self:?}");
        assert_eq!(self.task["error"]["message"], self.log["error"], "{self:?}");
        self.log["error"].as_str().unwrap()
    }
}

impl Board {
    pub async fn of(platform: &Platform) -> Self {
        let door = platform.api("gateway");
        Self { person: Person::sign_in(&door).await, door }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = client().request(method, format!("{}/api/v1/{path}", self.door));
        let request = request.bearer_auth(self.person.token());
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Registers a source by the address of its plugin.
    pub async fn add(&self, name: &str, url: &str) {
        let body = json!({ "name": name, "url": url });
        let (status, body) = self.ask(Method::POST, "sources", Some(body)).await;
        assert_eq!(status, 201, "{body}");
    }

    /// Removes a source. Answers how many sightings went along.
    pub async fn remove(&self, name: &str) -> i64 {
        let (status, body) = self.ask(Method::DELETE, &format!("sources/{name}"), None).await;
        assert_eq!(status, 200, "{body}");
        body["sightings"].as_i64().unwrap()
    }

    /// The names of the sources.
    pub async fn sources(&self) -> Vec<String> {
        let sources = self.get("sources").await;
        sources.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Syncs a source to the end of its run.
    pub async fn sync(&self, name: &str) -> Synced {
        let (began, path) = (Instant::now(), format!("sources/{name}/sync"));
        let started = loop {
            let (status, body) = self.ask(Method::POST, &path, None).await;
            if status == 201 {
                break body;
            }
            // The worker has not told the engine of its kinds yet.
            assert!(body["code"] == "unknown_kind" && began.elapsed() < PATIENCE, "{status} {body}");
            sleep(LOOK_EVERY).await;
        };
        let id = started["run"].as_str().unwrap();
        let run = self.person.ended(&self.door, id).await;
        let task = self.get(&format!("runs/{id}/tasks/0")).await;
        let log = self.get(&format!("sources/{name}/syncs?limit=1")).await["items"][0].take();
        assert_eq!(log["run"], id, "{log}");
        Synced { run, task, log }
    }

    /// Searches until it is as wanted: the index follows the database a moment behind.
    pub async fn finds(&self, query: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let page = self.get(&format!("postings?{query}")).await;
            if wanted(&page) {
                return page;
            }
            assert!(began.elapsed() < PATIENCE, "{query} finds {page}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Searches until there are this many results.
    pub async fn counts(&self, query: &str, total: u64) -> Value {
        self.finds(query, |page| page["total"] == total).await
    }
}
