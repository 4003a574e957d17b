//! The newest events of one publisher, read once for all who follow them.
//!
//! Nothing is read while nobody follows. Who falls further behind than what is kept here reads the log itself, at
//! its own pace: however slow a client is, it costs the door one batch and the publisher a look now and then.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metier_bus::{Event, Found, LogReader};
use metier_core::Fault;
use metier_rpc::Link;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Events asked for at a time.
const BATCH: u32 = 100;
const WAIT: Duration = Duration::from_secs(55);
const SHORTEST_RETRY: Duration = Duration::from_millis(250);
const LONGEST_RETRY: Duration = Duration::from_secs(10);
/// Kept for followers, in things told of: one event of a batch tells of many.
const KEPT: usize = 4_096;

/// One publisher's newest events.
pub(super) struct Tail {
    pub(super) publisher: &'static str,
    log: LogReader,
    end: watch::Sender<Option<i64>>,
    recent: Mutex<Recent>,
    wanted: Notify,
}

/// What was found after a position.
#[derive(Default)]
pub(super) struct Next {
    pub(super) events: Vec<Arc<Event>>,
    /// Whether the reader was too far behind for what is kept.
    pub(super) was_behind: bool,
}

impl Tail {
    pub(super) fn new(publisher: &'static str, link: Link) -> Self {
        let (log, end) = (LogReader::new(link), watch::Sender::new(None));
        Self { publisher, log, end, recent: Mutex::default(), wanted: Notify::new() }
    }

    /// Follows the log's end, which is unknown until the publisher answered.
    pub(super) fn follow(&self) -> watch::Receiver<Option<i64>> {
        let end = self.end.subscribe();
        self.wanted.notify_one();
        end
    }

    /// Events after a position.
    ///
    /// # Errors
    /// When they have to be read and the publisher is away.
    pub(super) async fn after(&self, position: i64) -> Result<Next, Fault> {
        if let Some(events) = self.recent().after(position) {
            return Ok(Next { events, was_behind: false });
        }
        let found = self.log.read(position, &[], BATCH, Duration::ZERO).await?;
        Ok(Next { events: found.events.into_iter().map(Arc::new).collect(), was_behind: true })
    }

    /// Where the log ends right now.
    ///
    /// # Errors
    /// When the publisher is away.
    pub(super) async fn end_now(&self) -> Result<i64, Fault> {
        self.log.end().await
    }

    /// Reads on while somebody follows, until `stop`.
    pub(super) async fn run(&self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wanted.notified() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.end.closed() => {}
                () = self.read_on() => {}
            }
            *self.recent() = Recent::default();
            self.end.send_replace(None);
        }
    }

    async fn read_on(&self) {
        let (mut retry, mut unsure) = (SHORTEST_RETRY, false);
        loop {
            match self.read(unsure).await {
                Ok(()) => (retry, unsure) = (SHORTEST_RETRY, false),
                Err(fault) => {
                    tracing::debug!(error = %fault.chain(), publisher = self.publisher, "cannot read events; trying again");
                    tokio::time::sleep(retry).await;
                    (retry, unsure) = ((retry * 2).min(LONGEST_RETRY), true);
                }
            }
        }
    }

    /// Looks where the log ends, when that is unknown; else waits for what comes next. A publisher that was away may
    /// have come back with an older log.
    async fn read(&self, unsure: bool) -> Result<(), Fault> {
        let known = *self.end.borrow();
        if known.is_none() || unsure {
            let end = self.log.end().await?;
            if known.is_none_or(|known| known > end) {
                *self.recent() = Recent::from_end(end);
                self.end.send_replace(Some(end));
            }
            return Ok(());
        }
        let after = known.unwrap_or_default();
        let Found { events, position } = self.log.read(after, &[], BATCH, WAIT).await?;
        if position > after {
            self.recent().extend(events);
            self.end.send_replace(Some(position));
        }
        Ok(())
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything after a floor.
struct Recent {
    floor: i64,
    events: VecDeque<(Arc<Event>, usize)>,
    weight: usize,
}

impl Default for Recent {
    /// Knows of nothing: whoever asks has to look into the log.
    fn default() -> Self {
        Self::from_end(i64::MAX)
    }
}

impl Recent {
    /// Will know everything after this.
    fn from_end(end: i64) -> Self {
        Self { floor: end, events: VecDeque::new(), weight: 0 }
    }

    fn extend(&mut self, events: Vec<Event>) {
        for event in events {
            let weight = event.tellings().len().max(1);
            self.weight += weight;
            self.events.push_back((Arc::new(event), weight));
        }
        while self.weight > KEPT {
            let Some((event, weight)) = self.events.pop_front() else { break };
            self.weight -= weight;
            self.floor = event.position;
        }
    }

    /// A batch of what comes after a position; nothing when that lies below the floor.
    fn after(&self, position: i64) -> Option<Vec<Arc<Event>>> {
        if position < self.floor {
            return None;
        }
        let start = self.events.partition_point(|(event, _)| event.position <= position);
        Some(self.events.range(start..).take(BATCH as usize).map(|(event, _)| Arc::clone(event)).collect())
    }
}
