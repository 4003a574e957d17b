//! Processes killed at random moments under load: every task has one recorded outcome, none is lost.
//!
//! Small in the suite. `cargo xtask torture` runs it in full, with 20,000 tasks and 20,000 runs.

mod account;
mod full;
mod submitters;
mod visitor;

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::platform::{Platform, Topology, system_tests};
use account::Account;
use submitters::Submitters;
use visitor::Visitor;

/// How much is done and how often something is killed meanwhile.
#[derive(Clone, Copy)]
struct Load {
    /// Tasks of one run.
    tasks: usize,
    /// Runs of one task each.
    runs: usize,
    kills: usize,
    seed: u64,
}

const PATIENCE: Duration = Duration::from_secs(900);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Milliseconds that a process still lives once its time has come.
const GRACE: u64 = 200;

system_tests!(heavy_nothing_is_lost_when_processes_are_killed_at_random);

async fn heavy_nothing_is_lost_when_processes_are_killed_at_random(topology: Topology) {
    let account = endure(topology, Load { tasks: 300, runs: 60, kills: 3, seed: 7 }).await;
    println!("{account}");
    account.holds();
}

/// What one work item computes.
fn parameters(n: usize) -> Value {
    json!({ "iterations": n % 90 })
}

async fn endure(topology: Topology, load: Load) -> Account {
    let began = Instant::now();
    let mut platform = Platform::start_with(topology, &[("METIER_JOBS__LEASE_SECONDS", "2")]).await;
    let mut visitor = Visitor::arrive(&platform.api("identity")).await.unwrap();
    let items: Vec<Value> = (0..load.tasks).map(parameters).collect();
    let big = json!({ "kind": "fibonacci", "items": items, "max_attempts": 100 });
    let big = visitor.person().await.submit(&platform, &big).await;
    let mut work = Work { jobs: platform.api("jobs"), big, visitor };
    let submitters = Submitters::start(&platform, load.runs);
    kill_at_random(&mut platform, &mut work, load).await;
    let accepted = submitters.ended().await;
    assert_eq!(accepted.len(), load.runs, "every submission was accepted under a run of its own");
    work.done(load.tasks + load.runs + 1).await;
    let recount = work.visitor.person().await.post(format!("{}/api/v1/system/recount", work.jobs)).await;
    platform.end().await;
    Account::of(&platform, load, &recount, began.elapsed()).await
}

/// What is under way, and somebody who looks at it.
struct Work {
    jobs: String,
    /// The run of many tasks.
    big: String,
    visitor: Visitor,
}

impl Work {
    /// Tasks of the large run and runs in all that have succeeded, while the service is there to tell.
    async fn progress(&mut self) -> Option<usize> {
        let person = self.visitor.person().await;
        let big = person.find(format!("{}/api/v1/runs/{}", self.jobs, self.big)).await?;
        let counts = person.find(format!("{}/api/v1/runs/counts", self.jobs)).await?;
        let succeeded = counts.as_array()?.iter().find(|row| row["state"] == "succeeded");
        let runs = succeeded.map_or(0, |row| row["count"].as_u64().unwrap());
        usize::try_from(big["tasks"]["succeeded"].as_u64()? + runs).ok()
    }

    /// Waits until so much has succeeded.
    async fn done(&mut self, wanted: usize) {
        let (began, mut last) = (Instant::now(), None);
        while last < Some(wanted) {
            assert!(began.elapsed() < PATIENCE, "it stops at {last:?} of {wanted}");
            sleep(LOOK_EVERY).await;
            last = self.progress().await;
        }
        assert_eq!(last, Some(wanted), "more has succeeded than there is");
    }
}

/// Kills when random parts of the work are done, so that there is always something left to be lost.
async fn kill_at_random(platform: &mut Platform, work: &mut Work, load: Load) {
    let mut random = StdRng::seed_from_u64(load.seed);
    // Where all services share a process, either takes all of them along.
    let victims = ["executor", "jobs"];
    let all = load.tasks + load.runs;
    let mut moments: Vec<usize> = (0..load.kills).map(|_| random.random_range(0..all * 9 / 10)).collect();
    moments.sort_unstable();
    for moment in moments {
        let began = Instant::now();
        while work.progress().await.is_none_or(|done| done < moment) {
            assert!(began.elapsed() < PATIENCE, "{moment} of {all} are never done");
            sleep(LOOK_EVERY).await;
        }
        sleep(Duration::from_millis(random.random_range(0..GRACE))).await;
        let victim = victims[random.random_range(0..victims.len())];
        platform.kill(victim).await;
        platform.start_again(victim).await;
    }
}
