//! Workflows in the running product: whatever is killed, each step is done once; schedules and people start them.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    cli_shell::Shell,
    platform::{Person, Platform, Topology, client, system_tests},
};

const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(50);
/// Deaths, each amid a run of its own.
const DEATHS: usize = 6;
/// Which processes die when.
const SEED: u64 = 20_260_131;
/// Elements that are runs of their own.
const NARROW: usize = 12;
/// Runs of a kind that one run of the workflow starts.
const RUNS_EACH: usize = 1 + NARROW + 1 + 1 + 1;

system_tests!(heavy_each_step_is_done_once_whatever_is_killed);

async fn heavy_each_step_is_done_once_whatever_is_killed(topology: Topology) {
    let mut platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", "2")]).await;
    let door = platform.api("gateway");
    let person = Person::sign_in(&door).await;
    person.submit_at(&door, &json!({ "kind": "fibonacci", "items": [] })).await;
    person.create(format!("{door}/api/v1/jobs"), &inner()).await;
    person.create(format!("{door}/api/v1/jobs"), &outer()).await;
    let (mut chance, mut runs) = (StdRng::seed_from_u64(SEED), Vec::new());
    for death in 0..DEATHS {
        runs.push(start(&person, &door, &format!("run-{death}")).await);
        sleep(Duration::from_millis(chance.random_range(0..900))).await;
        let running = platform.running();
        let name = running[chance.random_range(0..running.len())].clone();
        platform.kill(&name).await;
        platform.start_again(&name).await;
    }
    for run in &runs {
        whole(&person, &door, run).await;
    }
    let listed = person.find(format!("{door}/api/v1/runs?kind=fibonacci&limit=500")).await.unwrap();
    let started =
        listed["items"].as_array().unwrap().iter().filter(|run| run["trigger"] == "workflow").count();
    assert_eq!(started, DEATHS * RUNS_EACH, "runs that steps started");
    let recount = person.post(format!("{door}/api/v1/system/recount")).await;
    assert_eq!(recount["disagreements"], json!([]), "{recount}");
    println!("{topology:?}: {} workflows, {started} runs of steps, {DEATHS} deaths", runs.len());
    platform.stop().await;
}

fn inner() -> Value {
    json!({
        "name": "inner",
        "inputs": { "n": { "type": "integer" } },
        "steps": [{ "name": "one", "kind": "fibonacci", "parameters": { "iterations": "${inputs.n}" }, "max_attempts": 100 }],
        "outputs": { "value": "${steps.one.output.value}" },
    })
}

fn outer() -> Value {
    let numbers: Vec<usize> = (0..NARROW).collect();
    let many: Vec<Value> = (0..60).map(|n| json!({ "iterations": n })).collect();
    let fibonacci = |name: &str, needs: &[&str], more: Value| {
        let mut step = json!({ "name": name, "needs": needs, "kind": "fibonacci", "max_attempts": 100 });
        step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        step
    };
    json!({
        "name": "outer",
        "steps": [
            fibonacci("first", &[], json!({ "parameters": { "iterations": 10 } })),
            { "name": "pause", "needs": ["first"], "timer": { "for": "200ms" } },
            fibonacci("narrow", &["pause"], json!({ "for_each": numbers, "max_parallel": 3, "parameters": { "iterations": "${item}" } })),
            fibonacci("wide", &["pause"], json!({ "items": many })),
            { "name": "within", "needs": ["pause"], "workflow": "inner", "inputs": { "n": "${steps.first.output.iterations}" } },
        ],
        "finally": [fibonacci("last", &[], json!({ "parameters": { "iterations": 1 } }))],
        "outputs": { "within": "${steps.within.output.value}", "narrow": "${steps.narrow.output}", "wide": "${steps.wide.output}" },
    })
}

/// Starts the workflow, however often it has to be asked for: one key starts it once.
async fn start(person: &Person, door: &str, key: &str) -> String {
    let began = Instant::now();
    loop {
        let request = client().post(format!("{door}/api/v1/jobs/outer/runs")).bearer_auth(person.token());
        if let Ok(answer) = request.header("idempotency-key", key).json(&json!({})).send().await {
            let status = answer.status();
            if let (true, Ok(run)) = (status.is_success(), answer.json::<Value>().await) {
                return run["id"].as_str().unwrap().to_owned();
            }
            assert!(status.is_server_error() || status == 429, "{status}");
        }
        assert!(began.elapsed() < PATIENCE, "the workflow cannot be started");
        sleep(PAUSE).await;
    }
}

/// A run ended well, every step once, and gave what it should.
async fn whole(person: &Person, door: &str, run: &str) {
    let ended = person.ended(door, run).await;
    assert_eq!(
        (&ended["state"], &ended["kind"]["name"]),
        (&json!("succeeded"), &json!("workflow")),
        "{ended}"
    );
    let graph = person.find(format!("{door}/api/v1/runs/{run}/graph")).await.unwrap();
    let counts: Vec<_> =
        graph["steps"].as_array().unwrap().iter().map(|step| step["run_count"].clone()).collect();
    assert_eq!(json!(counts), json!([1, 0, NARROW, 1, 1, 1]), "{graph}");
    let outputs = &graph["outputs"];
    let fibonacci = |n: usize| (0..n).fold((0_u64, 1_u64), |(a, b), _| (b, a + b)).0.to_string();
    assert_eq!(outputs["within"], "55");
    for (field, count) in [("narrow", NARROW), ("wide", 60)] {
        let values: Vec<String> = outputs[field]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["value"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(values, (0..count).map(fibonacci).collect::<Vec<_>>(), "{field}");
    }
}

#[tokio::test]
async fn heavy_a_workflow_is_checked_defined_scheduled_and_decided_upon_from_the_command_line() {
    let platform = Platform::start_as(Topology::AllInOneSqlite, &["--demo"], &[]).await;
    let shell = Shell::of_admin(&platform);
    for kind in ["fibonacci", "source.sync", "load-products"] {
        shell.until_a_worker_knows(kind);
    }
    let (door, file) =
        (platform.api("gateway"), concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/workflows/refresh.yaml"));
    let person = Person::sign_in(&door).await;
    let category = json!({ "name": "Reports", "surcharge_percent": "0" });
    person.create(format!("{door}/api/v1/categories"), &category).await;
    let bad = shell.file(
        "bad.yaml",
        "steps:\n  - name: a\n    kind: fibonaci\n  - name: b\n    needs: [c]\n    timer: {for: 1s}\n",
    );
    let said = shell.metier(&["jobs", "validate", bad.to_str().unwrap()]);
    assert!(said.code == Some(1) && said.out.contains("/steps/1/needs/0"), "{said:?}");
    assert!(shell.prints(&["jobs", "validate", file]).contains("nothing is wrong"));
    assert!(shell.prints(&["jobs", "define", "refresh", "--file", file]).contains("refresh is version 1"));
    assert!(shell.prints(&["jobs", "graph", "refresh", "--format", "mermaid"]).starts_with("flowchart TB"));
    assert!(shell.prints(&["jobs", "graph", "refresh", "--format", "dot"]).starts_with("digraph"));
    assert!(shell.prints(&["jobs", "graph", "refresh"]).contains("approval of role operator"));

    let first = shell.json(&["jobs", "run", "refresh"]);
    person.ended(&door, first["id"].as_str().unwrap()).await;
    let graph = shell.json(&["runs", "graph", &first["number"].to_string()]);
    let states: Vec<_> =
        graph["steps"].as_array().unwrap().iter().map(|step| step["state"].clone()).collect();
    assert_eq!(
        json!(states),
        json!(["succeeded", "skipped", "succeeded", "skipped", "succeeded"]),
        "{graph}"
    );
    assert_eq!(graph["outputs"]["accounts"][0]["fetched"], 300, "{graph}");
    let products = person.find(format!("{door}/api/v1/products?limit=10")).await.unwrap();
    // How many of them are new depends on whether the demo's own first sync was earlier.
    let description = products["items"][0]["description"].as_str().unwrap();
    assert!(description.ends_with(" new, 0 changed, 0 refused"), "{products}");

    let run = shell.json(&["jobs", "run", "refresh", "--inputs", "{\"unusual\": -1}"]);
    let (number, id) = (run["number"].to_string(), run["id"].as_str().unwrap());
    let waiting =
        person.reaches(&door, id, |run| run["state"] == "waiting" && run["tasks"]["succeeded"] == 1).await;
    assert!(
        waiting["reason"]
            .as_str()
            .unwrap()
            .contains("step look waits for the approval of role operator until"),
        "{waiting}"
    );
    assert!(shell.prints(&["runs", "graph", &number]).contains("waits for the approval"));
    let asked = shell.prints(&["approvals", "list"]);
    assert!(asked.contains("look") && asked.contains("refresh") && asked.contains(&number), "{asked}");
    shell.prints(&["runs", "approve", &number, "look", "--comment", "seen"]);
    assert_eq!(person.ended(&door, id).await["state"], "succeeded");
    assert_eq!(shell.json(&["approvals", "list"])["items"], json!([]));
    let told = shell.refuses(1, &["runs", "signal", &number, "paid"]);
    assert!(told.contains("no step waits for a signal paid"), "{told}");

    shell.prints(&["schedules", "create", "often", "--job", "refresh", "--every", "1s"]);
    let began = Instant::now();
    loop {
        let listed = person.find(format!("{door}/api/v1/runs?kind=workflow&limit=100")).await.unwrap();
        let scheduled = listed["items"].as_array().unwrap().iter();
        let good = scheduled.filter(|run| run["trigger"] == "schedule" && run["state"] == "succeeded");
        if good.count() >= 2 {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "no schedule starts it: {listed}");
        sleep(PAUSE).await;
    }
    platform.stop().await;
}
