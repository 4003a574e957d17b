//! A claimed task's one outcome: a ticket is handed in exactly once, by construction.

use std::sync::Arc;

use metier_core::Timestamp;
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use crate::{
    Permanent, Retryable, StopCause,
    kind::milliseconds,
    lease::Lease,
    metrics,
    protocol::{Completion, Outcome},
};

/// Largest result, as JSON text. Larger things belong in a blob, named by the result.
const RESULT_LIMIT: usize = 1024 * 1024;
const MESSAGE_LIMIT: usize = 4 * 1024;

/// How a claimed task ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    Succeeded(String),
    Skipped(String),
    Retryable(Retryable),
    Permanent(Permanent),
    Stopped(StopCause),
    /// It never began.
    Released,
}

/// What the dispatcher hears of the tasks it started.
pub(crate) enum Message {
    Ended(Report),
    SlotFree(std::time::Duration),
}

/// An outcome on its way to the engine.
pub(crate) struct Report {
    pub(crate) lease: Arc<Lease>,
    pub(crate) completion: Completion,
    /// The lease ended before the task did: the engine is not told.
    pub(crate) lost: bool,
}

/// The right and the duty to say how one claimed task ended.
///
/// Dropped without a word, which only a panic outside of the handler can do, it reports that.
pub(crate) struct Ticket {
    pub(crate) lease: Arc<Lease>,
    pub(crate) task: i64,
    pub(crate) kind: String,
    pub(crate) started: Timestamp,
    messages: Option<UnboundedSender<Message>>,
}

impl Ticket {
    pub(crate) fn new(
        lease: Arc<Lease>,
        task: i64,
        kind: String,
        messages: UnboundedSender<Message>,
    ) -> Self {
        Self { lease, task, kind, started: Timestamp::EPOCH, messages: Some(messages) }
    }

    pub(crate) fn report(mut self, ending: Ending) {
        self.send(ending);
    }

    fn send(&mut self, ending: Ending) {
        let Some(messages) = self.messages.take() else { return };
        let ending = limited(ending);
        let lost = self.lease.end(self.task);
        metrics::task_ended(&self.kind, if lost { "lease_lost" } else { ending.name() });
        let completion = ending.completion(self.lease.token(), self.task, self.started);
        let report = Report { lease: Arc::clone(&self.lease), completion, lost };
        // Nobody listens only when the worker itself was dropped; then its leases expire.
        let _ = messages.send(Message::Ended(report));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.send(Ending::Retryable(Retryable::new(
            "worker_panicked",
            "the worker panicked around the handler",
        )));
    }
}

/// One of the worker's places to run a task, taken until this is dropped.
pub(crate) struct Slot {
    since: Instant,
    messages: UnboundedSender<Message>,
}

impl Slot {
    pub(crate) fn take(messages: UnboundedSender<Message>) -> Self {
        Self { since: Instant::now(), messages }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let ran = self.since.elapsed();
        metrics::slot_freed(ran);
        let _ = self.messages.send(Message::SlotFree(ran));
    }
}

fn limited(ending: Ending) -> Ending {
    match ending {
        Ending::Succeeded(result) if result.len() > RESULT_LIMIT => {
            let message = format!("the result has {} bytes; the limit is {RESULT_LIMIT}", result.len());
            Ending::Permanent(Permanent::new("result_too_large", message))
        }
        ending => ending,
    }
}

impl Ending {
    /// As metrics and logs call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Succeeded(_) => "succeeded",
            Self::Skipped(_) => "skipped",
            Self::Retryable(_) => "failed_retryable",
            Self::Permanent(_) => "failed_permanent",
            Self::Stopped(StopCause::Cancelled) => "cancelled",
            Self::Stopped(StopCause::TimedOut) => "timed_out",
            Self::Stopped(StopCause::LeaseLost) => "lease_lost",
            Self::Stopped(StopCause::Shutdown) => "shut_down",
            Self::Released => "released",
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Succeeded(_) => Outcome::Succeeded,
            Self::Skipped(_) => Outcome::Skipped,
            Self::Retryable(_) | Self::Stopped(StopCause::LeaseLost | StopCause::Shutdown) => {
                Outcome::FailedRetryable
            }
            Self::Permanent(_) => Outcome::FailedPermanent,
            Self::Stopped(StopCause::Cancelled) => Outcome::Cancelled,
            Self::Stopped(StopCause::TimedOut) => Outcome::TimedOut,
            Self::Released => Outcome::Released,
        }
    }

    fn completion(self, lease: &str, task: i64, started: Timestamp) -> Completion {
        let mut completion = Completion {
            lease: lease.to_owned(),
            task,
            started_at: started.micros(),
            ..Completion::default()
        };
        completion.set_outcome(self.outcome());
        let (code, message) = match self {
            Self::Succeeded(result) => {
                completion.result = result;
                return completion;
            }
            Self::Retryable(error) => {
                completion.retry_after_ms = error.retry_after.map_or(0, milliseconds);
                (error.code.into_owned(), error.message)
            }
            Self::Permanent(error) => (error.code.into_owned(), error.message),
            Self::Skipped(reason) => ("skipped".to_owned(), reason),
            Self::Stopped(cause) => stopped(cause),
            Self::Released => return completion,
        };
        completion.error_code = code;
        completion.error_message = shortened(message);
        completion
    }
}

fn stopped(cause: StopCause) -> (String, String) {
    let (code, message) = match cause {
        StopCause::Cancelled => ("cancelled", "the task was cancelled while it ran"),
        StopCause::TimedOut => ("timed_out", "the attempt took longer than its kind allows"),
        StopCause::LeaseLost => ("lease_lost", "the worker lost its lease"),
        StopCause::Shutdown => ("worker_shut_down", "the worker shut down before the task had ended"),
    };
    (code.to_owned(), message.to_owned())
}

fn shortened(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
    message
}
