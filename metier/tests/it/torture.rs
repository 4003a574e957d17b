//! Processes killed at random moments under load: every task has one recorded outcome, none is lost.
//!
//! Small in the suite. `cargo xtask torture` runs it in full, with 20,000 tasks and 20,000 runs of one.

use std::{collections::HashSet, sync::Arc, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::platform::{Person, Platform, Topology};

/// How much is done and how often something is killed meanwhile.
struct Load {
    tasks: usize,
    runs: usize,
    kills: usize,
    seed: u64,
}

const PATIENCE: Duration = Duration::from_secs(900);
const SUBMITTERS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn heavy_nothing_is_lost_when_processes_are_killed_at_random() {
    for topology in [Topology::AllInOneSqlite, Topology::SplitPostgres] {
        endure(topology, Load { tasks: 300, runs: 60, kills: 3, seed: 7 }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask torture"]
async fn heavy_nothing_is_lost_of_twenty_thousand() {
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    for topology in Topology::ALL {
        let load = Load {
            tasks: number("METIER_TEST_TORTURE_TASKS", 20_000),
            runs: number("METIER_TEST_TORTURE_RUNS", 20_000),
            kills: number("METIER_TEST_TORTURE_KILLS", 12),
            seed: 11,
        };
        endure(topology, load).await;
    }
}

async fn endure(topology: Topology, load: Load) {
    let mut platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", "2")]).await;
    let person = Arc::new(Person::sign_in(&platform.api("identity")).await);
    let jobs = platform.api("jobs");
    let item = |n: usize| json!({ "iterations": n % 90 });
    let many: Vec<Value> = (0..load.tasks).map(item).collect();
    let big = json!({ "kind": "fibonacci", "items": many, "max_attempts": 100 });
    let id = person.submit(&platform, &big).await;
    let submitting: Vec<_> = (0..SUBMITTERS)
        .map(|submitter| {
            let share = (submitter..load.runs).step_by(SUBMITTERS).collect();
            tokio::spawn(submit_all(person.clone(), jobs.clone(), share))
        })
        .collect();
    kill_at_random(&mut platform, topology, &load).await;
    let mut accepted = HashSet::new();
    for submitted in submitting {
        accepted.extend(submitted.await.unwrap());
    }
    assert_eq!(accepted.len(), load.runs, "every submission was accepted under a run of its own");
    let run = ended(&person, &jobs, &id).await;
    assert_eq!(run["tasks"]["succeeded"], load.tasks, "{topology:?}: {run}");
    all_runs_ended(&person, &jobs, load.runs + 1).await;
    let recount = person.post(format!("{jobs}/api/v1/system/recount")).await;
    assert_eq!(recount["disagreements"], json!([]), "{topology:?}");
    report(topology, &load, &recount["tallies"]);
    platform.stop().await;
}

#[expect(clippy::print_stdout, reason = "the account is what the command is for")]
fn report(topology: Topology, load: &Load, tallies: &Value) {
    println!(
        "{topology:?}: {} tasks and {} runs of one, {} kills: lost 0, attempts repeated {}, late completions refused {}",
        load.tasks, load.runs, load.kills, tallies["lost_attempts"], tallies["late_completions"]
    );
}

/// Submits runs of one task, each under its own key, again and again until each is accepted.
async fn submit_all(person: Arc<Person>, jobs: String, share: Vec<usize>) -> Vec<String> {
    let mut accepted = Vec::new();
    for n in share {
        let run = json!({ "kind": "fibonacci", "parameters": { "iterations": n % 90 }, "max_attempts": 100 });
        let began = Instant::now();
        loop {
            if let Some(id) = person.try_submit(&jobs, &run, &format!("torture-{n}")).await {
                accepted.push(id);
                break;
            }
            assert!(began.elapsed() < PATIENCE, "run {n} was never accepted");
            sleep(Duration::from_millis(50)).await;
        }
    }
    accepted
}

async fn kill_at_random(platform: &mut Platform, topology: Topology, load: &Load) {
    let mut random = StdRng::seed_from_u64(load.seed);
    let victims: &[&str] = match topology {
        Topology::SplitPostgres => &["executor", "jobs"],
        Topology::AllInOneSqlite | Topology::AllInOnePostgres => &["jobs"],
    };
    for _ in 0..load.kills {
        sleep(Duration::from_millis(random.random_range(50..900))).await;
        let victim = victims[random.random_range(0..victims.len())];
        platform.kill(victim).await;
        platform.start_again(victim).await;
    }
}

async fn ended(person: &Person, jobs: &str, id: &str) -> Value {
    let began = Instant::now();
    loop {
        if let Some(run) = person.find(format!("{jobs}/api/v1/runs/{id}")).await
            && run["ended_at"].is_string()
        {
            return run;
        }
        assert!(began.elapsed() < PATIENCE, "the run never ended");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn all_runs_ended(person: &Person, jobs: &str, wanted: usize) {
    let began = Instant::now();
    loop {
        let counts = person.find(format!("{jobs}/api/v1/runs/counts")).await.unwrap_or_default();
        let succeeded = counts.as_array().into_iter().flatten().find(|row| row["state"] == "succeeded");
        if succeeded.is_some_and(|row| row["count"] == wanted) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "not every run succeeded: {counts}");
        sleep(Duration::from_millis(200)).await;
    }
}
