//! Requests that no client would send: whatever comes is answered as the API says, and nothing breaks.
//!
//! To every door that reads something: the worker protocol and the API, workflows, uploads, times and zones, GraphQL.
//! Small in the suite, always with the same seed. `cargo xtask fuzz` sends many more, with a seed of its own that it
//! tells; `METIER_TEST_FUZZ_SEED` repeats one, `_CASES` says how many, `_SECONDS` how long at most on each database.

mod flows;
mod questions;
mod requests;
mod times;
mod uploads;
mod values;

use std::{sync::Mutex, time::Duration};

use proptest::{
    prelude::prop_oneof,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rand::Rng;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::platform::{Person, Platform, Topology, client};
use requests::Request;

const CASES: usize = 600;
const SEED: u64 = 7;
/// In the suite many other tests want the same cores.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whatever takes longer hangs.
const LITTLE_PATIENCE: Duration = Duration::from_secs(2);
const A_DAY: u64 = 24 * 60 * 60;
/// Tries to find a smaller request that fails.
const SHRINKS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn heavy_whatever_is_sent_is_answered_as_the_api_says() {
    fuzz(Topology::AllInOneSqlite, SEED, Effort::SUITE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_whatever_is_sent_is_answered_as_the_api_says_on_postgres() {
    fuzz(Topology::AllInOnePostgres, SEED, Effort::SUITE).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask fuzz"]
async fn heavy_much_more_is_sent() {
    let seed = number("METIER_TEST_FUZZ_SEED", rand::rng().next_u64());
    println!("METIER_TEST_FUZZ_SEED={seed}");
    let effort = Effort {
        cases: usize::try_from(number("METIER_TEST_FUZZ_CASES", 15_000)).unwrap(),
        time: Duration::from_secs(number("METIER_TEST_FUZZ_SECONDS", A_DAY)),
        patience: LITTLE_PATIENCE,
    };
    for topology in [Topology::AllInOneSqlite, Topology::AllInOnePostgres] {
        fuzz(topology, seed, effort).await;
    }
}

/// How much is sent, and how long an answer may take.
#[derive(Clone, Copy)]
struct Effort {
    cases: usize,
    time: Duration,
    patience: Duration,
}

impl Effort {
    const SUITE: Self = Self { cases: CASES, time: Duration::from_secs(A_DAY), patience: PATIENCE };
}

/// To any of the doors.
fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        6 => requests::request(),
        2 => flows::request(),
        2 => uploads::request(),
        2 => times::request(),
        3 => questions::request(),
    ]
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

async fn fuzz(topology: Topology, seed: u64, effort: Effort) {
    let world = World::start(topology, effort.patience).await;
    let (began, mut sent) = (Instant::now(), 0);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = request();
    while sent < effort.cases && began.elapsed() < effort.time {
        sent += 1;
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        if let Err(broken) = world.holds(&tree.current()).await {
            let (least, broken) = world.shrink(&mut tree, broken).await;
            panic!("{topology:?}, seed {seed}: {broken}\n{least:#?}");
        }
    }
    world.goes_on().await;
    println!("{topology:?}: {sent} requests, the slowest answered in {:?}", world.slowest());
    world.platform.stop().await;
}

struct World {
    platform: Platform,
    person: Person,
    door: String,
    patience: Duration,
    slowest: Mutex<Duration>,
}

impl World {
    async fn start(topology: Topology, patience: Duration) -> Self {
        let platform = Platform::start(topology).await;
        let person = Person::sign_in(&platform.api("identity")).await.keeping_connections();
        person.submit(&platform, &json!({ "kind": "fibonacci", "items": [] })).await;
        let door = platform.api("gateway");
        Self { platform, person, door, patience, slowest: Mutex::default() }
    }

    fn slowest(&self) -> Duration {
        *self.slowest.lock().unwrap()
    }

    /// Whether the answer to a request is one that the API may give.
    async fn holds(&self, request: &Request) -> Result<(), String> {
        let began = Instant::now();
        let url = format!("{}{}", self.door, request.path);
        let mut asked = client().request(request.method.clone(), url).bearer_auth(self.person.token());
        if let Some(body) = &request.body {
            asked = asked.header("content-type", &body.kind).body(body.bytes.clone());
        }
        let answer = asked.send().await.map_err(|error| format!("no answer: {error}"))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.map_err(|error| format!("the answer breaks off: {error}"))?;
        let took = began.elapsed();
        let slowest = self.slowest().max(took);
        *self.slowest.lock().unwrap() = slowest;
        if took > self.patience {
            return Err(format!("it takes {took:?}"));
        }
        if request.path.ends_with("/graphql") {
            return tells_errors(status, &text);
        }
        if status < 400 {
            return self.undo(request, &headers).await;
        }
        let problem: Value =
            serde_json::from_str(&text).map_err(|_| format!("{status} and no problem: {text}"))?;
        let told = headers.get("content-type").is_some_and(|kind| kind == "application/problem+json");
        let complete =
            problem["code"].as_str().is_some_and(|code| !code.is_empty()) && problem["status"] == status;
        match status < 500 && told && complete {
            true => Ok(()),
            false => Err(format!("{status}: {text}")),
        }
    }

    /// What may be made so often only is deleted again, so that the next one is looked at too.
    async fn undo(&self, request: &Request, headers: &HeaderMap) -> Result<(), String> {
        let made = headers.get("location").and_then(|place| place.to_str().ok());
        let Some(place) = made.filter(|_| request.is_bounded()) else { return Ok(()) };
        let url = format!("{}{place}", self.door);
        let gone = client().delete(url).bearer_auth(self.person.token()).send().await;
        gone.map(drop).map_err(|error| format!("no answer to its deletion: {error}"))
    }

    async fn shrink(
        &self,
        tree: &mut impl ValueTree<Value = Request>,
        mut broken: String,
    ) -> (Request, String) {
        let mut least = tree.current();
        let mut more = tree.simplify();
        for _ in 0..SHRINKS {
            if !more {
                break;
            }
            more = match self.holds(&tree.current()).await {
                Err(again) => {
                    (least, broken) = (tree.current(), again);
                    tree.simplify()
                }
                Ok(()) => tree.complicate(),
            };
        }
        (least, broken)
    }

    /// After all of it, work is still done and the counters are right.
    async fn goes_on(&self) {
        let run = json!({ "kind": "fibonacci", "parameters": { "iterations": 10 }, "queue": "after-all", "priority": 100 });
        let id = self.person.submit(&self.platform, &run).await;
        let run = self.person.ended(&self.door, &id).await;
        assert_eq!(run["state"], "succeeded", "{run}");
        let recount = self.person.post(format!("{}/api/v1/system/recount", self.door)).await;
        assert_eq!(recount["disagreements"], json!([]), "{recount}");
    }
}

/// GraphQL tells errors in the answer, each with its code, and none of them may be ours.
fn tells_errors(status: u16, text: &str) -> Result<(), String> {
    let answer: Value = serde_json::from_str(text).map_err(|_| format!("{status} and no JSON: {text}"))?;
    let is_bad = |error: &Value| {
        let extensions = &error["extensions"];
        extensions["code"].as_str().is_none_or(str::is_empty) || extensions["status"].as_u64() >= Some(500)
    };
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    let is_answer = answer.get("data").is_some() || !errors.is_empty();
    match status < 500 && is_answer && !errors.iter().any(is_bad) {
        true => Ok(()),
        false => Err(format!("{status}: {text}")),
    }
}
