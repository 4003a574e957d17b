//! How far runs are, asked for once for all who follow them: about twice a second while any run is open, and not at
//! all while nobody listens.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use metier_bus::Telling;
use metier_contract_jobs::{
    JobsServiceClient,
    event::TOPIC_RUN,
    protocol::{ReadProgressReply, ReadProgressRequest, RunProgress},
};
use metier_core::{Clock, Fault, Timestamp};
use metier_rpc::Link;
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// The event's name. It is told live only: who was away hears how far the run is now.
pub(super) const RUN_PROGRESSED: &str = "run.progressed";

/// Between two looks, so that a run is told of twice a second at most.
const EVERY: Duration = Duration::from_millis(500);
/// Between two looks when the last ones saw nothing move.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const WAIT: Duration = Duration::from_secs(55);
const RETRY: Duration = Duration::from_secs(2);

/// The runs at work by their numbers, as they were at a moment.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Before they were looked at.
    pub(super) time: Timestamp,
    pub(super) runs: BTreeMap<i64, Telling>,
}

/// Watches the runs at work.
pub(super) struct Progress {
    client: JobsServiceClient<Link>,
    clock: Clock,
    seen: watch::Sender<Arc<Seen>>,
    wanted: Notify,
}

impl Progress {
    pub(super) fn new(link: Link, clock: Clock) -> Self {
        let (client, seen) = (JobsServiceClient::new(link), watch::Sender::new(Arc::default()));
        Self { client, clock, seen, wanted: Notify::new() }
    }

    pub(super) fn follow(&self) -> watch::Receiver<Arc<Seen>> {
        let seen = self.seen.subscribe();
        self.wanted.notify_one();
        seen
    }

    /// Looks while somebody follows, until `stop`.
    pub(super) async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wanted.notified() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.seen.closed() => {}
                () = self.watch() => {}
            }
            self.seen.send_replace(Arc::default());
        }
    }

    async fn watch(&self) {
        let mut pause = EVERY;
        loop {
            pause = match self.look().await {
                Ok(true) => EVERY,
                Ok(false) => (pause * 2).min(LONGEST_PAUSE),
                Err(fault) => {
                    tracing::debug!(error = %fault.chain(), "cannot read how far runs are; trying again");
                    RETRY
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Whether anything moved.
    async fn look(&self) -> Result<bool, Fault> {
        let wait_ms = u32::try_from(WAIT.as_millis()).unwrap_or(u32::MAX);
        // Whatever ends after this moment was not yet seen to have ended.
        let time = self.clock.now();
        let reply = self.ask(0).await?;
        let moved = self.tell(time, reply.runs);
        if !reply.open {
            self.ask(wait_ms).await?;
        }
        Ok(moved || !reply.open)
    }

    async fn ask(&self, wait_ms: u32) -> Result<ReadProgressReply, Fault> {
        let reply = self.client.clone().read_progress(ReadProgressRequest { wait_ms }).await;
        Ok(reply.map_err(metier_rpc::fault)?.into_inner())
    }

    fn tell(&self, time: Timestamp, runs: Vec<RunProgress>) -> bool {
        let told = runs.into_iter().filter_map(|run| Some((run.number, telling(run, time)?)));
        let runs: BTreeMap<i64, Telling> = told.collect();
        let moved = !has_same(&self.seen.borrow().runs, &runs);
        if moved {
            self.seen.send_replace(Arc::new(Seen { time, runs }));
        }
        moved
    }
}

fn has_same(before: &BTreeMap<i64, Telling>, now: &BTreeMap<i64, Telling>) -> bool {
    before.len() == now.len()
        && before.iter().all(|(number, run)| now.get(number).is_some_and(|other| other.data == run.data))
}

/// A run whose ids cannot be read is left out.
fn telling(run: RunProgress, time: Timestamp) -> Option<Telling> {
    let data = json!({
        "id": run.id, "number": run.number, "state": run.state, "size": run.size, "counts": run.counts,
    });
    Some(Telling {
        id: format!("{}.progress", run.id),
        kind: RUN_PROGRESSED.to_owned(),
        time,
        owner: run.owner.as_deref().map(str::parse).transpose().ok()?,
        correlation_id: run.correlation.parse().ok()?,
        data,
        workspace: run.workspace.parse().ok()?,
        topic: TOPIC_RUN.to_owned(),
        subject: run.id,
    })
}
