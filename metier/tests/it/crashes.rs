//! Whatever runs is killed in turn, amid the work of everything else, and started again.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{
    board::Board,
    platform::{Person, Platform, Topology, client, system_tests},
};

const CATEGORY: &str = "Lamps";
/// Products in one run.
const EACH: usize = 3;
/// What the demo yields.
const POSTINGS: u64 = 300;
/// Runs accepted between two deaths.
const BETWEEN: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(40);

system_tests!(heavy_whatever_dies_the_work_of_all_is_done_once);

async fn heavy_whatever_dies_the_work_of_all_is_done_once(topology: Topology) {
    let settings = [("METIER_JOBS__LEASE_SECONDS", "2")];
    let mut platform = Platform::start_as(topology, &["--demo"], &settings).await;
    let (door, keys) = (platform.api("gateway"), public_keys(&platform).await);
    let board = Board::of(&platform).await;
    let category = json!({ "name": CATEGORY, "surcharge_percent": "0" });
    board.person.create(format!("{door}/api/v1/categories"), &category).await;
    board.person.submit_at(&door, &json!({ "kind": "load-products", "items": [] })).await;
    board.counts("", POSTINGS).await;
    let work = Work::begin(&door).await;
    for name in platform.running() {
        work.goes_on().await;
        begin_sync(&board.person, &door).await;
        platform.kill(&name).await;
        platform.start_again(&name).await;
    }
    work.goes_on().await;
    let runs = work.end().await;
    for id in &runs {
        let run = board.person.ended(&door, id).await;
        assert_eq!((&run["state"], &run["tasks"]["succeeded"]), (&json!("succeeded"), &json!(EACH)), "{run}");
    }
    println!("{topology:?}: {} runs through the deaths of {:?}", runs.len(), platform.running());
    each_product_once(&board.person, &door, runs.len() * EACH).await;
    all_ended(&board.person, &door).await;
    // It may go on where one that was cut short had stopped.
    let [fetched, new, updated, duplicate, rejected] = board.sync("demo").await.counts();
    assert_eq!((new, updated, rejected), (0, 0, 0), "of {fetched}, {duplicate} were known");
    board.counts("", POSTINGS).await;
    let recount = board.person.post(format!("{door}/api/v1/system/recount")).await;
    assert_eq!(recount["disagreements"], json!([]), "{recount}");
    assert_eq!(public_keys(&platform).await, keys);
    platform.stop().await;
}

/// The public key of the installation: whoever is signed in stays so, whatever happens to processes.
async fn public_keys(platform: &Platform) -> Value {
    let url = format!("{}/.well-known/jwks.json", platform.api("identity"));
    let keys: Value = client().get(url).send().await.unwrap().json().await.unwrap();
    assert!(keys["keys"][0]["x"].is_string(), "{keys}");
    keys
}

/// Something for the postings service and its plugin to die in. What comes of it is of no matter.
async fn begin_sync(person: &Person, door: &str) {
    let asked = client().post(format!("{door}/api/v1/sources/demo/sync")).bearer_auth(person.token());
    let _whatever = asked.send().await;
}

/// Waits until no run is open, those included that were cut short.
async fn all_ended(person: &Person, door: &str) {
    let began = Instant::now();
    loop {
        let counts = person.find(format!("{door}/api/v1/runs/counts")).await.unwrap();
        let open = ["queued", "running", "waiting", "cancelling"];
        if counts
            .as_array()
            .unwrap()
            .iter()
            .all(|row| !open.contains(&row["state"].as_str().unwrap()) || row["count"] == 0)
        {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "some runs never end: {counts}");
        sleep(PAUSE).await;
    }
}

async fn each_product_once(person: &Person, door: &str, wanted: usize) {
    let (mut names, mut count, mut after) = (BTreeSet::new(), 0, String::new());
    loop {
        let page = person.find(format!("{door}/api/v1/products?limit=100{after}")).await.unwrap();
        let items = page["items"].as_array().unwrap();
        count += items.len();
        names.extend(items.iter().map(|product| product["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!((count, names.len()), (wanted, wanted), "products and their names");
}

/// Somebody who submits runs, whatever dies.
struct Work {
    accepted: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
    submitting: JoinHandle<Vec<String>>,
}

impl Work {
    async fn begin(door: &str) -> Self {
        let (person, door) = (Person::sign_in(door).await, door.to_owned());
        let (accepted, enough) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, stop) = (accepted.clone(), enough.clone());
        let submitting = tokio::spawn(async move {
            let mut runs: Vec<String> = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let key = format!("load-{}", runs.len());
                if let Some(id) = person.try_submit(&door, &products(runs.len()), &key).await {
                    runs.push(id);
                    count.store(runs.len(), Ordering::SeqCst);
                }
                sleep(PAUSE).await;
            }
            runs
        });
        Self { accepted, enough, submitting }
    }

    /// Waits until some more runs were accepted.
    async fn goes_on(&self) {
        let (began, before) = (Instant::now(), self.accepted.load(Ordering::SeqCst));
        while self.accepted.load(Ordering::SeqCst) < before + BETWEEN {
            assert!(began.elapsed() < PATIENCE, "no run is accepted any more");
            sleep(PAUSE).await;
        }
    }

    /// The runs that were accepted.
    async fn end(self) -> Vec<String> {
        self.enough.store(true, Ordering::SeqCst);
        self.submitting.await.unwrap()
    }
}

fn products(run: usize) -> Value {
    let product = |n| {
        json!({ "name": format!("Lamp {run}-{n}"), "category": CATEGORY, "price": "19.99", "stock": 1, "rating": 4.5,
            "description": "" })
    };
    let items: Vec<_> = (0..EACH).map(product).collect();
    json!({ "kind": "load-products", "items": items, "max_attempts": 100 })
}
