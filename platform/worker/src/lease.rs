//! One lease: the tasks of one claim, kept alive by heartbeats until each has been settled.
//!
//! One heartbeat is always outstanding, so that the engine can answer it the moment a task should stop.
//! Progress and output are sent beside it. The lease is over when the engine says so, or when it could not
//! be renewed for as long as it lasts: then what still runs under it is stopped, and its outcomes, which
//! would be refused, are not sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metier_core::Random;
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Stop, StopCause,
    backoff::Backoff,
    calls::Calls,
    kind::milliseconds,
    output::Feedback,
    protocol::{self, HeartbeatReply, HeartbeatRequest, OutputChunk},
};

/// A claim of short tasks is over before this and needs no heartbeat.
const FIRST_HEARTBEAT: Duration = Duration::from_millis(300);
/// Least time between heartbeats, should the engine answer each at once.
const LEAST_INTERVAL: Duration = Duration::from_millis(250);
/// How long progress and output gather before they are sent.
const GATHER: Duration = Duration::from_millis(200);
/// Most bytes of output in one call.
const OUTPUT_BYTES: usize = 1024 * 1024;
/// How long a task that has ended waits for its output to be taken.
const FLUSH_PATIENCE: Duration = Duration::from_secs(5);

/// How long leases last and how often to renew them, as the engine said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    lease: Duration,
    heartbeat: Duration,
}

impl From<protocol::RegisterReply> for Timing {
    /// Nonsense is mended: a heartbeat must fit into the lease at least twice.
    fn from(reply: protocol::RegisterReply) -> Self {
        let lease = Duration::from_millis(reply.lease_ms).max(Duration::from_secs(1));
        let heartbeat = Duration::from_millis(reply.heartbeat_ms);
        Self { lease, heartbeat: heartbeat.clamp(LEAST_INTERVAL, lease / 2) }
    }
}

/// The tasks of one claim.
pub(crate) struct Lease {
    token: String,
    timing: Timing,
    claimed: Instant,
    tasks: Mutex<Tasks>,
    changed: Arc<Notify>,
    flushing: tokio::sync::Mutex<()>,
    settled: CancellationToken,
}

struct Tasks {
    lost: bool,
    open: HashMap<i64, Entry>,
}

struct Entry {
    stop: Stop,
    feedback: Arc<Feedback>,
    ended: bool,
}

impl Lease {
    /// A lease that was answered at `claimed`. It began when the engine found tasks, which is long after it was asked
    /// for them when it had to wait; how long the answer took to arrive, the first heartbeat makes up for.
    pub(crate) fn new(token: String, tasks: &[protocol::Task], claimed: Instant, timing: Timing) -> Self {
        let changed = Arc::new(Notify::new());
        let entry = || Entry {
            stop: Stop::default(),
            feedback: Arc::new(Feedback::ringing(Arc::clone(&changed))),
            ended: false,
        };
        let open = tasks.iter().map(|task| (task.id, entry())).collect();
        let (tasks, flushing) = (Mutex::new(Tasks { lost: false, open }), tokio::sync::Mutex::default());
        Self { token, timing, claimed, tasks, changed, flushing, settled: CancellationToken::new() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// What a task's handler hears and writes through.
    pub(crate) fn connect(&self, task: i64) -> (Stop, Arc<Feedback>) {
        let tasks = self.tasks();
        tasks
            .open
            .get(&task)
            .map_or_else(Default::default, |entry| (entry.stop.clone(), Arc::clone(&entry.feedback)))
    }

    /// A task has ended; its outcome is on its way. `true` when the lease was lost before.
    pub(crate) fn end(&self, task: i64) -> bool {
        let mut tasks = self.tasks();
        if let Some(entry) = tasks.open.get_mut(&task) {
            entry.ended = true;
        }
        tasks.lost
    }

    /// A task's outcome was answered or given up. `true` when it was the last: the lease is over.
    pub(crate) fn settle(&self, task: i64) -> bool {
        let mut tasks = self.tasks();
        tasks.open.remove(&task);
        let over = tasks.open.is_empty();
        if over {
            self.settled.cancel();
        }
        over
    }

    /// Stops every task that has not ended.
    pub(crate) fn stop_all(&self, cause: StopCause) {
        self.tasks().open.values().filter(|entry| !entry.ended).for_each(|entry| entry.stop.stop(cause));
    }

    /// Renews the lease and sends what its tasks have to say, until it is settled or lost.
    pub(crate) async fn keep(self: Arc<Self>, calls: Calls, random: Random) {
        tokio::select! {
            () = self.settled.cancelled() => {}
            () = self.renew(&calls, &random) => {}
            () = self.send_feedback(&calls) => {}
        }
    }

    async fn renew(&self, calls: &Calls, random: &Random) {
        let (mut expires, mut backoff) = (self.claimed + self.timing.lease, Backoff::default());
        sleep(FIRST_HEARTBEAT).await;
        loop {
            let began = Instant::now();
            match timeout_at(expires, calls.heartbeat(self.heartbeat(self.timing.heartbeat))).await {
                Ok(Ok(reply)) if reply.alive => {
                    self.obey(reply);
                    (expires, backoff) = (began + self.timing.lease, Backoff::default());
                    sleep(LEAST_INTERVAL.saturating_sub(began.elapsed())).await;
                }
                Ok(Ok(_)) | Err(_) => return self.lose().await,
                Ok(Err(status)) => {
                    tracing::warn!(error = %status, "cannot renew a lease; trying again");
                    backoff.failed(Instant::now(), random);
                    if timeout_at(expires, backoff.wait()).await.is_err() {
                        return self.lose().await;
                    }
                }
            }
        }
    }

    fn heartbeat(&self, wait: Duration) -> HeartbeatRequest {
        let tasks = self.tasks();
        let progress =
            tasks.open.iter().filter_map(|(id, entry)| entry.feedback.take_progress(*id)).collect();
        let wait_ms = u32::try_from(milliseconds(wait)).unwrap_or(u32::MAX);
        HeartbeatRequest { lease: self.token.clone(), progress, wait_ms }
    }

    fn obey(&self, reply: HeartbeatReply) {
        let tasks = self.tasks();
        for stop in reply.stop {
            let cause = if stop.reason == "timed_out" { StopCause::TimedOut } else { StopCause::Cancelled };
            if let Some(entry) = tasks.open.get(&stop.task) {
                entry.stop.stop(cause);
            }
        }
    }

    /// Waits on after that: the outcomes already sent are still to be answered.
    async fn lose(&self) {
        let running = {
            let mut tasks = self.tasks();
            tasks.lost = true;
            tasks.open.values().filter(|entry| !entry.ended).count()
        };
        if running > 0 {
            tracing::warn!(running, "lost a lease; its tasks are stopped and go to another worker");
        }
        self.stop_all(StopCause::LeaseLost);
        self.settled.cancelled().await;
    }

    async fn send_feedback(&self, calls: &Calls) {
        loop {
            self.changed.notified().await;
            sleep(GATHER).await;
            self.send_progress(calls).await;
            self.flush(calls).await;
        }
    }

    async fn send_progress(&self, calls: &Calls) {
        let request = self.heartbeat(Duration::ZERO);
        if request.progress.is_empty() {
            return;
        }
        match calls.heartbeat(request).await {
            Ok(reply) => self.obey(reply),
            Err(error) => tracing::debug!(%error, "a progress report was lost; the next one will do"),
        }
    }

    /// Sends the output gathered so far, that of tasks that have just ended included.
    pub(crate) async fn flush(&self, calls: &Calls) {
        let _alone = self.flushing.lock().await;
        let mut chunks = self.take_output();
        while !chunks.is_empty() {
            let batch = first_of(&mut chunks);
            let count = batch.len();
            match timeout(FLUSH_PATIENCE, calls.append_output(&self.token, batch)).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => return tracing::debug!("output came after the end of its lease"),
                Ok(Err(error)) => tracing::warn!(%error, chunks = count, "output was lost"),
                Err(_) => {
                    tracing::warn!(chunks = count, "output was lost: the engine did not take it in time")
                }
            }
        }
    }

    fn take_output(&self) -> Vec<OutputChunk> {
        self.tasks().open.iter().flat_map(|(id, entry)| entry.feedback.take_output(*id)).collect()
    }

    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many chunks as fit into one call.
fn first_of(chunks: &mut Vec<OutputChunk>) -> Vec<OutputChunk> {
    let mut bytes = 0;
    let fits = |chunk: &OutputChunk| {
        bytes += chunk.text.len();
        bytes <= OUTPUT_BYTES
    };
    let count = chunks.iter().map(fits).take_while(|fits| *fits).count().max(1);
    let rest = chunks.split_off(count);
    std::mem::replace(chunks, rest)
}
