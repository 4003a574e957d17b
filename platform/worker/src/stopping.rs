//! The order in which a worker shuts down.

use std::time::Duration;

use tokio::time::Instant;

/// A claim that is being answered may bring tasks, which are given back; one that only waits is dropped.
const CLAIM_GRACE: Duration = Duration::from_millis(250);
/// How long the last outcomes may take to be told.
const REPORT_PATIENCE: Duration = Duration::from_secs(6);

/// The moments of a shutdown that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopping {
    /// A waiting claim is dropped.
    pub(crate) drop_claim: Instant,
    /// Running tasks are stopped.
    pub(crate) stop_tasks: Instant,
    /// Outcomes not told are given up.
    pub(crate) give_up: Instant,
}

impl Stopping {
    pub(crate) fn from(now: Instant, drain: Duration) -> Self {
        let stop_tasks = now + drain;
        Self { drop_claim: now + CLAIM_GRACE, stop_tasks, give_up: stop_tasks + REPORT_PATIENCE }
    }

    /// The next moment at which something is to be done.
    pub(crate) fn next(&self, now: Instant) -> Instant {
        let moments = [self.drop_claim, self.stop_tasks, self.give_up];
        moments.into_iter().find(|moment| *moment > now).unwrap_or(self.give_up)
    }
}
