//! Schedules in the running product: each time starts one run, whoever is killed meanwhile.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::platform::{Person, Platform, Topology, system_tests};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(50);

system_tests!(heavy_each_time_starts_one_run_though_the_scheduler_is_killed);

async fn heavy_each_time_starts_one_run_though_the_scheduler_is_killed(topology: Topology) {
    let mut platform = Platform::start(topology).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    person.submit_at(&door, &json!({ "kind": "fibonacci", "items": [] })).await;
    let wish = json!({
        "name": "often",
        "start": { "kind": "fibonacci", "parameters": { "iterations": 1 } },
        "trigger": { "type": "every", "interval": "1s" },
        "missed": "all",
    });
    person.create(format!("{door}/api/v1/schedules"), &wish).await;
    for death in 1..=3 {
        until(&person, &door, |fires| fires.len() >= 2 * death).await;
        platform.kill("scheduler").await;
        platform.start_again("scheduler").await;
    }
    until(&person, &door, |fires| fires.len() >= 8).await;
    person.post(format!("{door}/api/v1/schedules/often/pause")).await;
    let fires = until(&person, &door, |fires| fires.iter().all(|fire| fire["outcome"] != "due")).await;
    assert!(fires.iter().all(|fire| fire["outcome"] == "submitted"), "{fires:?}");
    let times: BTreeSet<&str> = fires.iter().map(|fire| fire["scheduled_for"].as_str().unwrap()).collect();
    let started: BTreeSet<&str> = fires.iter().map(|fire| fire["run"].as_str().unwrap()).collect();
    assert_eq!((times.len(), started.len()), (fires.len(), fires.len()));
    let runs = list(&person, format!("{door}/api/v1/runs?kind=fibonacci&limit=500")).await;
    let scheduled = runs.iter().filter(|run| run["trigger"] == "schedule");
    let scheduled: BTreeSet<&str> = scheduled.map(|run| run["id"].as_str().unwrap()).collect();
    assert_eq!(scheduled, started, "runs that no time started, or times without a run");
    println!("{topology:?}: {} times, {} runs, 3 deaths", times.len(), scheduled.len());
    platform.stop().await;
}

async fn list(person: &Person, url: String) -> Vec<Value> {
    person.find(url).await.unwrap()["items"].as_array().unwrap().clone()
}

/// The fires, once they are as wanted.
async fn until(person: &Person, door: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let fires = list(person, format!("{door}/api/v1/schedules/often/fires?limit=500")).await;
        if wanted(&fires) {
            return fires;
        }
        assert!(began.elapsed() < PATIENCE, "the fires never came to that: {fires:?}");
        sleep(LOOK_EVERY).await;
    }
}
