//! Outcomes that wait for a call to travel with.

use std::collections::VecDeque;

use prost::Message as _;
use tokio::time::Instant;

use crate::ticket::Report;

/// Most outcomes in one call.
const MAX_COUNT: usize = 512;
/// Most bytes in one call: half of what a server takes by default, so there is room for the rest.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The outcomes not yet sent, oldest first.
pub(crate) struct Pending {
    reports: VecDeque<Report>,
    since: Option<Instant>,
    batch: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self { reports: VecDeque::new(), since: None, batch: MAX_COUNT }
    }
}

impl Pending {
    pub(crate) fn push(&mut self, report: Report, now: Instant) {
        self.since.get_or_insert(now);
        self.reports.push_back(report);
    }

    /// Since when the oldest waits; `None` when none does.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.since
    }

    pub(crate) fn is_full(&self) -> bool {
        self.reports.len() >= MAX_COUNT
    }

    /// What fits into one call; always at least one when any waits.
    pub(crate) fn take(&mut self, now: Instant) -> Vec<Report> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(next) = self.reports.front() {
            bytes += next.completion.encoded_len();
            if taken.len() >= self.batch || (bytes > MAX_BYTES && !taken.is_empty()) {
                break;
            }
            taken.extend(self.reports.pop_front());
        }
        self.since = (!self.reports.is_empty()).then_some(now);
        taken
    }

    /// The call got no answer: its outcomes go first again.
    pub(crate) fn put_back(&mut self, reports: Vec<Report>, now: Instant) {
        for report in reports.into_iter().rev() {
            self.reports.push_front(report);
        }
        self.since = (!self.reports.is_empty()).then_some(now);
    }

    /// The call was refused as a whole: one of its outcomes must be broken, so they go one by one.
    pub(crate) fn send_alone(&mut self) {
        self.batch = 1;
    }

    pub(crate) fn accepted(&mut self) {
        self.batch = (self.batch * 2).min(MAX_COUNT);
    }
}
