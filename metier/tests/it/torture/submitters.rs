//! Those who submit runs while processes die under them.

use std::{collections::HashSet, time::Duration};

use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{PATIENCE, parameters, visitor::Visitor};
use crate::platform::Platform;

const COUNT: usize = 8;
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
        let mut visitor = self.arrive().await;
        let mut accepted = Vec::new();
        for n in share {
            accepted.push(self.submit(&mut visitor, n).await);
        }
        accepted
    }

    async fn arrive(&self) -> Visitor {
        let began = Instant::now();
        loop {
            match Visitor::arrive(&self.identity).await {
                Some(visitor) => return visitor,
                None => pause(began).await,
            }
        }
    }

    /// Under the same key each time, so that a run whose acceptance was lost is not submitted twice.
    async fn submit(&self, visitor: &mut Visitor, n: usize) -> String {
        let run = json!({ "kind": "fibonacci", "parameters": parameters(n), "max_attempts": 100 });
        let (key, began) = (format!("torture-{n}"), Instant::now());
        loop {
            match visitor.person().await.try_submit(&self.jobs, &run, &key).await {
                Some(id) => return id,
                None => pause(began).await,
            }
        }
    }
}

async fn pause(began: Instant) {
    assert!(began.elapsed() < PATIENCE, "nothing is accepted any more");
    sleep(BEFORE_ANOTHER_TRY).await;
}
