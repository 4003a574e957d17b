//! Those who submit runs while processes die under them.

use std::{collections::HashSet, time::Duration};

use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{PATIENCE, parameters};
use crate::platform::{Person, Platform};

const COUNT: usize = 8;
/// Submissions of one session, which ends after some minutes.
const SESSION: usize = 500;
const BEFORE_ANOTHER_TRY: Duration = Duration::from_millis(50);

/// Several at once, each with a share of the runs.
pub struct Submitters(Vec<JoinHandle<Vec<String>>>);

impl Submitters {
    /// Begins to submit so many runs of one task.
    pub fn start(platform: &Platform, runs: usize) -> Self {
        let submitters = (0..COUNT).map(|number| {
            let submitter = Submitter { identity: platform.api("identity"), jobs: platform.api("jobs") };
            tokio::spawn(submitter.submit_all((number..runs).step_by(COUNT).collect()))
        });
        Self(submitters.collect())
    }

    /// The runs that were accepted, once all are.
    pub async fn ended(self) -> HashSet<String> {
        let mut accepted = HashSet::new();
        for submitter in self.0 {
            accepted.extend(submitter.await.unwrap());
        }
        accepted
    }
}

struct Submitter {
    identity: String,
    jobs: String,
}

impl Submitter {
    async fn submit_all(self, share: Vec<usize>) -> Vec<String> {
        let mut accepted = Vec::new();
        for session in share.chunks(SESSION) {
            let person = again_and_again(|| Person::try_sign_in(&self.identity)).await.keeping_connections();
            for n in session {
                let run = json!({ "kind": "fibonacci", "parameters": parameters(*n), "max_attempts": 100 });
                // The same key each time, so that a run whose acceptance was lost is not submitted twice.
                let key = format!("torture-{n}");
                accepted.push(again_and_again(|| person.try_submit(&self.jobs, &run, &key)).await);
            }
        }
        accepted
    }
}

async fn again_and_again<T, F: Future<Output = Option<T>>>(attempt: impl Fn() -> F) -> T {
    let began = Instant::now();
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        assert!(began.elapsed() < PATIENCE, "nothing was accepted any more");
        sleep(BEFORE_ANOTHER_TRY).await;
    }
}
