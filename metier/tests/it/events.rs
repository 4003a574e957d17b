//! What happens, told outside: one stream over all services, and webhooks, whoever is killed meanwhile.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::HeaderMap};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, timeout},
};

use crate::platform::{Person, Platform, Topology, client, free_port, system_tests};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

system_tests!(
    heavy_a_stream_loses_and_repeats_nothing_though_the_engine_is_killed,
    heavy_how_far_a_run_is_arrives_live,
    heavy_a_webhook_is_delivered_though_its_receiver_is_away_and_the_service_is_killed,
);

/// Somebody who follows the stream and comes back with the last id whenever it ends.
struct Reader {
    door: String,
    token: String,
    last: Option<String>,
    open: Option<reqwest::Response>,
    text: String,
}

impl Reader {
    async fn start(door: &str, person: &Person) -> Self {
        let (door, token) = (door.to_owned(), person.token().to_owned());
        let mut reader = Self { door, token, last: None, open: None, text: String::new() };
        // The first frame is the place where it begins.
        assert!(reader.frame().await.is_none());
        assert!(reader.last.is_some());
        reader
    }

    /// The next event; places, comments and ended streams are dealt with.
    async fn next(&mut self) -> (String, Value) {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "nothing came");
            if let Some(event) = self.frame().await {
                return event;
            }
        }
    }

    async fn frame(&mut self) -> Option<(String, Value)> {
        let whole = loop {
            if let Some((frame, rest)) = self.text.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.text = rest;
                break frame;
            }
            match self.chunk().await {
                Some(text) => self.text.push_str(&text),
                // What was not whole comes again.
                None => {
                    (self.open, self.text) = (None, String::new());
                    sleep(LOOK_EVERY).await;
                }
            }
        };
        let field = |name: &str| whole.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        self.last = field("id: ").or(self.last.take());
        Some((field("event: ")?, serde_json::from_str(&field("data: ")?).unwrap()))
    }

    async fn chunk(&mut self) -> Option<String> {
        if self.open.is_none() {
            let request = client().get(format!("{}/api/v1/events", self.door)).bearer_auth(&self.token);
            let request = match &self.last {
                Some(last) => request.header("last-event-id", last),
                None => request,
            };
            self.open = Some(request.send().await.ok().filter(|answer| answer.status().is_success())?);
        }
        let chunk = timeout(PATIENCE, self.open.as_mut()?.chunk()).await.expect("the stream is silent");
        chunk.ok().flatten().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }
}

async fn heavy_a_stream_loses_and_repeats_nothing_though_the_engine_is_killed(topology: Topology) {
    let mut platform = Platform::start(topology).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    person.submit_at(&door, &json!({ "kind": "fibonacci", "items": [] })).await;
    let mut reader = Reader::start(&door, &person).await;
    let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for _death in 0..2 {
        let run = json!({ "kind": "fibonacci", "items": [{ "iterations": 10 }, { "iterations": 10 }] });
        let mut open = Vec::new();
        for _ in 0..5 {
            let id = person.submit_at(&door, &run).await;
            heard.insert(id.clone(), Vec::new());
            open.push(id);
        }
        platform.kill("jobs").await;
        platform.start_again("jobs").await;
        while !open.iter().all(|id| heard[id].iter().any(|name| name == "run.succeeded")) {
            let (name, event) = reader.next().await;
            if let Some(names) = event["subject"].as_str().and_then(|id| heard.get_mut(id))
                && name != "run.progressed"
            {
                names.push(name);
            }
        }
    }
    let expected = ["run.submitted", "run.started", "run.succeeded"];
    assert!(heard.values().all(|names| *names == expected), "{topology:?}: {heard:?}");
    platform.stop().await;
}

async fn heavy_how_far_a_run_is_arrives_live(topology: Topology) {
    let platform = Platform::start(topology).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    let told = async |what: &str, body: Value| -> Value {
        let url = format!("{door}/api/v1/worker/{what}");
        let answer = client().post(url).bearer_auth(person.token()).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {}", answer.status());
        answer.json().await.unwrap()
    };
    let kind = json!({ "name": "errand", "version": 1, "description": "Waits", "parameter_schema": {} });
    told("register", json!({ "worker": "tester", "kinds": [kind] })).await;
    let mut reader = Reader::start(&door, &person).await;
    let id = person.submit_at(&door, &json!({ "kind": "errand", "items": [{}, {}, {}] })).await;
    let claim =
        json!({ "worker": "tester", "kinds": [{ "name": "errand" }], "max_tasks": 1, "wait_ms": 20_000 });
    let claimed = told("claim", claim).await;
    let done = json!({ "lease": claimed["lease"], "task": claimed["tasks"][0]["id"], "outcome": "succeeded", "result": {} });
    told("complete", json!({ "completions": [done] })).await;
    loop {
        let (name, event) = reader.next().await;
        if name == "run.progressed" && event["data"]["counts"] == json!({ "ready": 2, "succeeded": 1 }) {
            assert_eq!((&event["subject"], &event["data"]["size"]), (&json!(id), &json!(3)));
            break;
        }
    }
    platform.stop().await;
}

/// Ids of the deliveries that arrived, with what they told.
type Arrived = Arc<Mutex<Vec<(String, Value)>>>;

async fn take(State(arrived): State<Arrived>, headers: HeaderMap, body: String) {
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    assert!(headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    arrived.lock().unwrap().push((id, serde_json::from_str(&body).unwrap()));
}

async fn heavy_a_webhook_is_delivered_though_its_receiver_is_away_and_the_service_is_killed(
    topology: Topology,
) {
    let settings = [("METIER_NOTIFICATIONS__ALLOW_NETWORKS", "[\"127.0.0.0/8\"]")];
    let mut platform = Platform::start_with(topology, &settings).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    person.submit_at(&door, &json!({ "kind": "fibonacci", "items": [] })).await;
    let port = free_port();
    let wish =
        json!({ "name": "away", "url": format!("http://127.0.0.1:{port}/"), "types": ["run.succeeded"] });
    person.create(format!("{door}/api/v1/webhooks"), &wish).await;
    let run = json!({ "kind": "fibonacci", "items": [{ "iterations": 10 }] });
    let id = person.submit_at(&door, &run).await;
    let deliveries = format!("{door}/api/v1/webhooks/away/deliveries");
    let began = Instant::now();
    let delivery = loop {
        let page = person.find(deliveries.clone()).await.unwrap();
        if let Some(one) = page["items"].get(0).filter(|one| one["tries"].as_i64() > Some(0)) {
            break one["id"].as_str().unwrap().to_owned();
        }
        assert!(began.elapsed() < PATIENCE, "nothing was sent");
        sleep(LOOK_EVERY).await;
    };
    platform.kill("notifications").await;
    let arrived = Arrived::default();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let router = Router::new().fallback(take).with_state(Arc::clone(&arrived));
    let receiver = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    platform.start_again("notifications").await;
    let began = Instant::now();
    while person.find(format!("{deliveries}/{delivery}")).await.is_none_or(|one| one["state"] != "delivered")
    {
        assert!(began.elapsed() < PATIENCE, "it was not delivered");
        sleep(LOOK_EVERY).await;
    }
    let arrived = arrived.lock().unwrap().clone();
    assert!(
        arrived.iter().all(|(known, told)| *known == delivery && told["subject"] == json!(id)),
        "{arrived:?}"
    );
    assert!(!arrived.is_empty());
    receiver.abort();
    platform.stop().await;
}
