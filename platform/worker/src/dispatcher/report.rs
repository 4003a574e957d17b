//! Telling how tasks ended, and hearing whether it counted.

use std::time::Duration;

use tokio::time::Instant;
use tonic::Status;

use super::{Call, Dispatcher};
use crate::{calls::is_refusal, metrics, protocol::CompletionResult, ticket::Report};

/// How long an outcome waits for others to go with.
const LINGER: Duration = Duration::from_millis(2);
/// The same while tasks are held: when they have started, which is soon, a claim takes it along.
const LINGER_FOR_CLAIM: Duration = Duration::from_millis(20);

impl Dispatcher {
    pub(super) fn call_complete(&mut self, now: Instant) -> Call<Vec<CompletionResult>> {
        let carried = self.pending.take(now);
        let calls = self.setup.calls.clone();
        let completions = carried.iter().map(|report| report.completion.clone()).collect();
        let answer = Box::pin(async move { calls.complete(completions).await });
        Call { carried, answer }
    }

    /// When outcomes that wait are to travel by themselves; `None` while they cannot.
    ///
    /// In a shutdown they wait for the last claim to end: it would take again what is given back.
    pub(super) fn report_at(&self) -> Option<Instant> {
        let stopping = self.stopping.is_some();
        if self.report.is_some() || (stopping && self.claim.is_some()) {
            return None;
        }
        let linger = match self.held.is_empty() {
            _ if stopping || self.pending.is_full() => Duration::ZERO,
            true => LINGER,
            false => LINGER_FOR_CLAIM,
        };
        let due = self.pending.since()? + linger;
        Some(self.report_backoff.until().map_or(due, |until| due.max(until)))
    }

    pub(super) fn reported(&mut self, answer: Result<Vec<CompletionResult>, Status>, now: Instant) {
        let carried = self.report.take().map(|call| call.carried).unwrap_or_default();
        match answer {
            Ok(results) => self.answered(carried, &results),
            Err(status) => {
                tracing::warn!(error = %status, outcomes = carried.len(), "cannot report outcomes; trying again");
                self.unanswered(carried, &status, now);
            }
        }
    }

    pub(super) fn answered(&mut self, carried: Vec<Report>, results: &[CompletionResult]) {
        if carried.is_empty() {
            return;
        }
        self.report_backoff.succeeded();
        self.pending.accepted();
        for (place, report) in carried.iter().enumerate() {
            let result = results.get(place).filter(|result| result.task == report.completion.task);
            if !result.is_some_and(|result| result.accepted) {
                let reason = result.map_or("the engine gave no answer", |result| result.reason.as_str());
                metrics::completion_refused();
                tracing::warn!(
                    task = report.completion.task,
                    reason,
                    "an outcome came too late and was refused"
                );
            }
            self.settle(report);
        }
    }

    /// The outcomes go again, unless the engine will never take them: then, one by one, the broken one
    /// is found and given up, and its task runs again when the lease has ended.
    fn unanswered(&mut self, carried: Vec<Report>, status: &Status, now: Instant) {
        if carried.is_empty() {
            return;
        }
        self.report_backoff.failed(now, &self.setup.random);
        if !is_refusal(status) {
            self.pending.put_back(carried, now);
        } else if let [report] = carried.as_slice() {
            tracing::error!(error = %status, task = report.completion.task, "an outcome is impossible to report");
            self.settle(report);
        } else {
            self.pending.send_alone();
            self.pending.put_back(carried, now);
        }
    }

    pub(super) fn settle(&mut self, report: &Report) {
        if report.lease.settle(report.completion.task) {
            self.leases.remove(report.lease.token());
        }
    }
}
