//! Requests that no client would send: whatever comes is answered as the API says, and nothing breaks.
//!
//! Small in the suite, always with the same seed. `cargo xtask fuzz` sends many more, with a seed of its own that it
//! tells; `METIER_TEST_FUZZ_SEED` repeats one.

mod requests;
mod values;

use std::time::Duration;

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use rand::Rng;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::platform::{Person, Platform, Topology, client};
use requests::{Request, request};

const CASES: usize = 400;
const SEED: u64 = 7;
const PATIENCE: Duration = Duration::from_secs(10);
/// Tries to find a smaller request that fails.
const SHRINKS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn heavy_whatever_is_sent_is_answered_as_the_api_says() {
    fuzz(Topology::AllInOneSqlite, SEED, CASES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heavy_whatever_is_sent_is_answered_as_the_api_says_on_postgres() {
    fuzz(Topology::AllInOnePostgres, SEED, CASES).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask fuzz"]
async fn heavy_much_more_is_sent() {
    let seed = number("METIER_TEST_FUZZ_SEED", rand::rng().next_u64());
    println!("METIER_TEST_FUZZ_SEED={seed}");
    let cases = usize::try_from(number("METIER_TEST_FUZZ_CASES", 15_000)).unwrap();
    for topology in [Topology::AllInOneSqlite, Topology::AllInOnePostgres] {
        fuzz(topology, seed, cases).await;
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

async fn fuzz(topology: Topology, seed: u64, cases: usize) {
    let world = World::start(topology).await;
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = request();
    for _ in 0..cases {
        let mut tree = strategy.new_tree(&mut runner).unwrap();
        if let Err(broken) = world.holds(&tree.current()).await {
            let (least, broken) = world.shrink(&mut tree, broken).await;
            panic!("{topology:?}, seed {seed}: {broken}\n{least:#?}");
        }
    }
    world.goes_on().await;
    world.platform.stop().await;
}

struct World {
    platform: Platform,
    person: Person,
    door: String,
}

impl World {
    async fn start(topology: Topology) -> Self {
        let platform = Platform::start(topology).await;
        let person = Person::sign_in(&platform.api("identity")).await.keeping_connections();
        person.submit(&platform, &json!({ "kind": "fibonacci", "items": [] })).await;
        let door = platform.api("gateway");
        Self { platform, person, door }
    }

    /// Whether the answer to a request is one that the API may give.
    async fn holds(&self, request: &Request) -> Result<(), String> {
        let began = Instant::now();
        let url = format!("{}{}", self.door, request.path);
        let mut asked = client().request(request.method.clone(), url).bearer_auth(self.person.token());
        if let Some(body) = &request.body {
            asked = asked.header("content-type", "application/json").body(body.clone());
        }
        let answer = asked.send().await.map_err(|error| format!("no answer: {error}"))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.map_err(|error| format!("the answer breaks off: {error}"))?;
        if began.elapsed() > PATIENCE {
            return Err(format!("it takes {:?}", began.elapsed()));
        }
        if status < 400 {
            return Ok(());
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
