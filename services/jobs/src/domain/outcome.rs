//! What an attempt's outcome means for its task.

use std::time::Duration;

use super::state::TaskState;

/// What a worker says of an attempt, or what the engine concludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; JSON text of the result.
    Succeeded(String),
    /// Worth another try, not before the delay if one is given.
    Retryable(Failure, Option<Duration>),
    /// Trying again cannot help.
    Permanent(Failure),
    /// It took too long.
    TimedOut,
    /// It was stopped on request.
    Cancelled,
    /// There was nothing to do.
    Skipped,
    /// The worker gave it back unstarted.
    Released,
    /// The worker fell silent and its lease ran out.
    Lost,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// What becomes of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its one recorded outcome in this epoch.
    End(TaskState),
    /// Another attempt, after the kind's backoff.
    RetryAfterBackoff,
    /// Another attempt, after this long.
    RetryAfter(Duration),
    /// The same attempt again, at once: it was never started.
    GiveBack,
}

impl Outcome {
    /// What becomes of a task after this, with `attempts_left` including the one that just ended, in a run
    /// that is being cancelled or not.
    pub fn next(&self, attempts_left: i64, cancelling: bool) -> Next {
        let more = attempts_left > 1 && !cancelling;
        match self {
            Self::Succeeded(_) => Next::End(TaskState::Succeeded),
            Self::Skipped => Next::End(TaskState::Skipped),
            Self::Permanent(_) => Next::End(TaskState::Failed),
            Self::Cancelled => Next::End(TaskState::Cancelled),
            Self::Released | Self::Lost if cancelling => Next::End(TaskState::Cancelled),
            Self::Released => Next::GiveBack,
            Self::Lost if more => Next::RetryAfter(Duration::ZERO),
            Self::Retryable(_, Some(delay)) if more => Next::RetryAfter(*delay),
            Self::Retryable(_, None) | Self::TimedOut if more => Next::RetryAfterBackoff,
            Self::TimedOut => Next::End(TaskState::TimedOut),
            Self::Lost | Self::Retryable(..) => Next::End(TaskState::Failed),
        }
    }

    /// How the attempt is recorded in history; `None` when it never started.
    pub fn recorded(&self) -> Option<&'static str> {
        Some(match self {
            Self::Succeeded(_) => "succeeded",
            Self::Retryable(..) | Self::Permanent(_) => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
            Self::Released => return None,
        })
    }

    /// Why it did not succeed, for the record.
    pub fn failure(&self) -> Option<Failure> {
        let say = |code: &str, message: &str| Some(Failure { code: code.into(), message: message.into() });
        match self {
            Self::Retryable(failure, _) | Self::Permanent(failure) => Some(failure.clone()),
            Self::TimedOut => say("timed_out", "the attempt took longer than its kind allows"),
            Self::Lost => say("worker_lost", "the worker stopped sending heartbeats"),
            Self::Cancelled => say("cancelled", "the run was cancelled"),
            Self::Succeeded(_) | Self::Skipped | Self::Released => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure() -> Failure {
        Failure { code: "x".into(), message: "y".into() }
    }

    #[test]
    fn a_retryable_failure_is_tried_again_while_attempts_are_left() {
        let outcome = Outcome::Retryable(failure(), None);
        assert_eq!(outcome.next(2, false), Next::RetryAfterBackoff);
        assert_eq!(outcome.next(1, false), Next::End(TaskState::Failed));
        assert_eq!(outcome.next(2, true), Next::End(TaskState::Failed));
    }

    #[test]
    fn a_lost_attempt_goes_back_at_once_and_counts_as_an_attempt() {
        assert_eq!(Outcome::Lost.next(2, false), Next::RetryAfter(Duration::ZERO));
        assert_eq!(Outcome::Lost.next(1, false), Next::End(TaskState::Failed));
        assert_eq!(Outcome::Lost.next(5, true), Next::End(TaskState::Cancelled));
    }

    #[test]
    fn a_released_task_keeps_its_attempt() {
        assert_eq!(Outcome::Released.next(1, false), Next::GiveBack);
        assert_eq!(Outcome::Released.recorded(), None);
    }

    #[test]
    fn a_success_in_a_cancelling_run_is_still_a_success() {
        assert_eq!(Outcome::Succeeded("1".into()).next(1, true), Next::End(TaskState::Succeeded));
    }
}
