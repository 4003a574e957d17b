//! The load: one run of many tasks and many runs of one, submitted by several at a time while things die.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    KIND,
    worker::{insist, is_passing},
};
use crate::client::{Api, Call, ClientError, pages::Page};

/// Who submit runs at a time.
const SUBMITTERS: usize = 4;
/// A task that loses every worker it meets is no loss of the engine's; so many kills there are not.
const MAX_ATTEMPTS: usize = 100;

/// How much is done.
#[derive(Clone, Debug)]
pub struct Load {
    pub queue: String,
    /// Tasks of the one large run.
    pub tasks: usize,
    /// Runs of one task each.
    pub runs: usize,
}

/// What was accepted: the items of each run, by its id.
#[derive(Debug, Default)]
pub struct Accepted {
    pub runs: BTreeMap<String, Vec<u64>>,
    pub turned_away: usize,
}

#[derive(Deserialize)]
struct Run {
    id: String,
}

impl Load {
    /// Submits everything. Answers once all of it was accepted.
    ///
    /// # Errors
    /// When something is refused for good.
    pub async fn submit(&self, api: &Api) -> Result<Accepted, ClientError> {
        let large = self.submit_run(api, 0, (0..self.tasks as u64).collect());
        let several = (0..SUBMITTERS).map(|submitter| self.submit_share(api, submitter));
        let (large, several) = futures::future::try_join(large, try_join_all(several)).await?;
        let mut accepted = large;
        for share in several {
            accepted.runs.extend(share.runs);
            accepted.turned_away += share.turned_away;
        }
        Ok(accepted)
    }

    async fn submit_share(&self, api: &Api, submitter: usize) -> Result<Accepted, ClientError> {
        let mut accepted = Accepted::default();
        for number in (submitter..self.runs).step_by(SUBMITTERS) {
            let one = self.submit_run(api, number + 1, vec![(self.tasks + number) as u64]).await?;
            accepted.runs.extend(one.runs);
            accepted.turned_away += one.turned_away;
        }
        Ok(accepted)
    }

    /// Under the same key each time, so that a run whose acceptance was lost is not submitted twice.
    async fn submit_run(&self, api: &Api, number: usize, items: Vec<u64>) -> Result<Accepted, ClientError> {
        let body = json!({
            "kind": KIND, "queue": self.queue, "max_attempts": MAX_ATTEMPTS,
            "items": items.iter().map(|n| json!({ "n": n })).collect::<Vec<_>>(),
        });
        let key = format!("{}-{number}", self.queue);
        let call = Call::post(&["runs"]).json(body).header("idempotency-key", key);
        let mut turned_away = 0;
        let run: Run = api.read(insist(api, &call, &mut turned_away).await?)?;
        Ok(Accepted { runs: BTreeMap::from([(run.id, items)]), turned_away })
    }

    /// How many of the runs have ended, or `None` while nobody can tell.
    ///
    /// # Errors
    /// When the answer is a refusal.
    pub async fn open_runs(&self, api: &Api) -> Result<Option<usize>, ClientError> {
        let states = ["queued", "running", "waiting", "cancelling"].map(str::to_owned);
        let call = Call::get(&["runs"])
            .filter("state", &states)
            .query("queue", Some(&self.queue))
            .query("limit", Some(1));
        match api.fetch::<Page>(&call).await {
            Ok(page) => Ok(Some(page.items.len())),
            Err(error) if is_passing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The ids of all runs in the queue, whoever submitted them.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn all_runs(&self, api: &Api) -> Result<Vec<String>, ClientError> {
        let items = all(api, Call::get(&["runs"]).query("queue", Some(&self.queue))).await?;
        items.into_iter().map(|item| Ok(api.read::<Run>(item)?.id)).collect()
    }

    /// Cancels what is still open.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn cancel_open(&self, api: &Api) -> Result<(), ClientError> {
        let states = ["queued", "running", "waiting"].map(str::to_owned);
        let call = Call::get(&["runs"]).filter("state", &states).query("queue", Some(&self.queue));
        for item in all(api, call).await? {
            let run: Run = api.read(item)?;
            match api.send(&Call::post(&["runs", &run.id, "cancel"])).await {
                // It has ended by itself meanwhile.
                Err(error) if error.status() == Some(409) => {}
                answer => drop(answer?),
            }
        }
        Ok(())
    }
}

async fn all(api: &Api, call: Call) -> Result<Vec<Value>, ClientError> {
    let (mut found, mut after, mut turned_away) = (Vec::new(), None::<String>, 0);
    loop {
        let call = call.clone().query("limit", Some(500)).query("after", after);
        let page: Page = api.read(insist(api, &call, &mut turned_away).await?)?;
        found.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

/// What a task gave.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Given {
    /// Its place in the run.
    pub index: usize,
    pub result: Value,
}

/// The results of a run, as the installation tells them.
///
/// # Errors
/// When they cannot be read.
pub async fn results(api: &Api, run: &str) -> Result<Vec<Given>, ClientError> {
    let items = all(api, Call::get(&["runs", run, "results"])).await?;
    items.into_iter().map(|item| api.read(item)).collect()
}
