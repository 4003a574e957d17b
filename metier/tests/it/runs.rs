//! Runs, from submission to result, through whatever happens to the processes.

use serde_json::{Value, json};

use crate::platform::{Person, Platform, Topology, system_tests};

/// Enough for a process to be killed amid them, little enough for a test.
const TASKS: usize = 80;
const ITERATIONS: u32 = 12_000;

system_tests!(
    heavy_a_run_is_computed,
    heavy_every_task_of_a_run_survives_a_crash_of_its_engine,
    heavy_every_task_of_a_run_survives_a_crash_of_its_worker,
);

fn many() -> Value {
    let items: Vec<_> = (0..TASKS).map(|_| json!({ "iterations": ITERATIONS })).collect();
    json!({ "kind": "fibonacci", "items": items, "max_attempts": 10 })
}

async fn heavy_a_run_is_computed(topology: Topology) {
    let platform = Platform::start(topology).await;
    let person = Person::sign_in(&platform.api("identity")).await;
    let items = json!([{ "iterations": 10 }, { "iterations": 100 }]);
    let id = person.submit(&platform, &json!({ "kind": "fibonacci", "items": items })).await;
    let run = person.ended(&platform.api("jobs"), &id).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    let task = person.find(format!("{}/api/v1/runs/{id}/tasks/1", platform.api("jobs"))).await.unwrap();
    assert_eq!(task["result"]["value"], "354224848179261915075", "{task}");
    platform.stop().await;
}

/// Kills the process of a service amid a run, starts it again, and sees every task end once.
async fn survives(topology: Topology, service: &str) {
    let mut platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", "2")]).await;
    let person = Person::sign_in(&platform.api("identity")).await;
    let (id, jobs) = (person.submit(&platform, &many()).await, platform.api("jobs"));
    person.reaches(&jobs, &id, |run| run["tasks"]["succeeded"].as_u64() > Some(5)).await;
    platform.kill(service).await;
    platform.start_again(service).await;
    let run = person.ended(&jobs, &id).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["tasks"]["succeeded"], TASKS, "{run}");
    platform.stop().await;
}

async fn heavy_every_task_of_a_run_survives_a_crash_of_its_engine(topology: Topology) {
    survives(topology, "jobs").await;
}

async fn heavy_every_task_of_a_run_survives_a_crash_of_its_worker(topology: Topology) {
    survives(topology, "executor").await;
}
