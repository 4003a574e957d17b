//! The states of tasks and runs, complete from the start.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Where a task is. A retry is an attempt's outcome, not a state: a task to be tried again is `ready`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// For a dependency, a timer or an approval.
    Waiting,
    /// May be claimed, now or at its `run_at`.
    Ready,
    /// Leased by a worker.
    Running,
    /// Done, with a result.
    Succeeded,
    /// No attempts left, or a permanent error.
    Failed,
    /// The last attempt took too long.
    TimedOut,
    /// Stopped on request.
    Cancelled,
    /// The handler, or a condition, found nothing to do.
    Skipped,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// No task was claimed yet.
    Queued,
    /// Some task was claimed and some are open.
    Running,
    /// Every open task waits for something.
    Waiting,
    /// Cancel was asked for; running tasks are being stopped.
    Cancelling,
    /// Every task succeeded or was skipped.
    Succeeded,
    /// Some tasks succeeded, some did not.
    Partial,
    /// No task succeeded.
    Failed,
    /// No task succeeded and none failed otherwise than by time.
    TimedOut,
    /// Stopped on request.
    Cancelled,
}

/// The text is not a state.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a state")]
pub struct UnknownState(String);

impl TaskState {
    /// Every task state, open ones first.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Ready,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
        Self::Skipped,
    ];

    /// Its name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// Whether something is still to happen.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Ready | Self::Running)
    }
}

impl RunState {
    /// Every run state, open ones first.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Cancelling,
        Self::Succeeded,
        Self::Partial,
        Self::Failed,
        Self::TimedOut,
        Self::Cancelled,
    ];

    /// Its name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Cancelling => "cancelling",
            Self::Succeeded => "succeeded",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it has ended; only a replay, under a new epoch, opens it again.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Partial | Self::Failed | Self::TimedOut | Self::Cancelled)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for RunState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TaskState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

impl FromStr for RunState {
    type Err = UnknownState;
    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| UnknownState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        assert!(TaskState::ALL.iter().all(|state| state.name().parse() == Ok(*state)));
        assert!(RunState::ALL.iter().all(|state| state.name().parse() == Ok(*state)));
        assert!("done".parse::<RunState>().is_err());
    }
}
