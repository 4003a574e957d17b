//! A run's tasks counted by state, and what those counts say about the run.

use serde::{Serialize, Serializer};

use super::state::{RunState, TaskState};

/// How many tasks of a run are in each state. The sum is the run's size and never changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([i64; 8]);

/// By the states' names; those that no task is in are left out.
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = TaskState::ALL.into_iter().map(|state| (state.name(), self.of(state)));
        serializer.collect_map(counts.filter(|(_, count)| *count > 0))
    }
}

/// A move that the counts do not allow: a task left a state that no task was in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no task is {from} that could become {to}")]
pub struct IllegalTransition {
    /// The state left.
    pub from: TaskState,
    /// The state entered.
    pub to: TaskState,
}

impl Counts {
    /// `size` tasks, all in one state.
    pub fn all(state: TaskState, size: i64) -> Self {
        let mut counts = Self::default();
        *counts.slot(state) = size;
        counts
    }

    /// From the stored columns, in the order of [`TaskState::ALL`].
    pub const fn from_columns(columns: [i64; 8]) -> Self {
        Self(columns)
    }

    /// Tasks in a state.
    pub const fn of(&self, state: TaskState) -> i64 {
        self.0[state as usize]
    }

    /// Tasks for which something is still to happen.
    pub fn open(&self) -> i64 {
        TaskState::ALL.into_iter().filter(|state| state.is_open()).map(|state| self.of(state)).sum()
    }

    /// All tasks.
    pub fn size(&self) -> i64 {
        self.0.iter().sum()
    }

    /// One task moves.
    ///
    /// # Errors
    /// When no task is in `from`, or `from` is not open: an ended task moves only by replay.
    pub fn shift(&mut self, from: TaskState, to: TaskState) -> Result<(), IllegalTransition> {
        if self.of(from) == 0 || !from.is_open() {
            return Err(IllegalTransition { from, to });
        }
        *self.slot(from) -= 1;
        *self.slot(to) += 1;
        Ok(())
    }

    /// Opens ended tasks again, under a new epoch.
    ///
    /// # Errors
    /// When fewer than `count` tasks are in `from`.
    pub fn reopen(&mut self, from: TaskState, count: i64) -> Result<(), IllegalTransition> {
        if self.of(from) < count || from.is_open() {
            return Err(IllegalTransition { from, to: TaskState::Ready });
        }
        *self.slot(from) -= count;
        *self.slot(TaskState::Ready) += count;
        Ok(())
    }

    /// Opens an ended task again, waiting or running.
    ///
    /// # Errors
    /// When no task is in `from`, or one of the states is not what it has to be.
    pub fn reopen_as(&mut self, from: TaskState, to: TaskState) -> Result<(), IllegalTransition> {
        if self.of(from) == 0 || from.is_open() || !to.is_open() {
            return Err(IllegalTransition { from, to });
        }
        *self.slot(from) -= 1;
        *self.slot(to) += 1;
        Ok(())
    }

    /// The state of a run with these counts that was in `before`.
    pub fn run_state(&self, before: RunState) -> RunState {
        if self.open() > 0 {
            return self.open_state(before);
        }
        let (good, bad) = (self.of(TaskState::Succeeded) + self.of(TaskState::Skipped), self.size());
        let bad = bad - good;
        match (before, good, bad) {
            (RunState::Cancelling, _, _) if self.of(TaskState::Cancelled) > 0 => RunState::Cancelled,
            (_, _, 0) => RunState::Succeeded,
            (_, 0, _) if self.of(TaskState::Cancelled) == bad => RunState::Cancelled,
            (_, 0, _) if self.of(TaskState::TimedOut) == bad => RunState::TimedOut,
            (_, 0, _) => RunState::Failed,
            _ => RunState::Partial,
        }
    }

    fn open_state(&self, before: RunState) -> RunState {
        let only_waiting = self.of(TaskState::Waiting) == self.open();
        match before {
            RunState::Cancelling => RunState::Cancelling,
            _ if only_waiting => RunState::Waiting,
            RunState::Queued if self.of(TaskState::Running) == 0 && self.open() == self.size() => {
                RunState::Queued
            }
            _ => RunState::Running,
        }
    }

    fn slot(&mut self, state: TaskState) -> &mut i64 {
        &mut self.0[state as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ended(succeeded: i64, failed: i64, timed_out: i64, cancelled: i64) -> Counts {
        Counts::from_columns([0, 0, 0, succeeded, failed, timed_out, cancelled, 0])
    }

    #[test]
    fn a_run_ends_as_its_tasks_did() {
        let end = |counts: Counts| counts.run_state(RunState::Running);
        assert_eq!(end(ended(3, 0, 0, 0)), RunState::Succeeded);
        assert_eq!(end(ended(1, 1, 0, 0)), RunState::Partial);
        assert_eq!(end(ended(0, 1, 1, 0)), RunState::Failed);
        assert_eq!(end(ended(0, 0, 2, 0)), RunState::TimedOut);
        assert_eq!(end(ended(0, 0, 0, 2)), RunState::Cancelled);
        assert_eq!(end(Counts::default()), RunState::Succeeded);
    }

    #[test]
    fn a_cancelled_run_that_had_nothing_left_to_cancel_tells_what_it_did() {
        assert_eq!(ended(2, 0, 0, 0).run_state(RunState::Cancelling), RunState::Succeeded);
        assert_eq!(ended(1, 0, 0, 1).run_state(RunState::Cancelling), RunState::Cancelled);
    }

    #[test]
    fn a_task_cannot_leave_a_state_it_is_not_in() {
        let mut counts = Counts::all(TaskState::Ready, 1);
        assert!(counts.shift(TaskState::Running, TaskState::Succeeded).is_err());
        counts.shift(TaskState::Ready, TaskState::Running).unwrap();
        counts.shift(TaskState::Running, TaskState::Succeeded).unwrap();
        assert!(counts.shift(TaskState::Succeeded, TaskState::Ready).is_err());
        assert_eq!(counts.run_state(RunState::Running), RunState::Succeeded);
    }

    proptest! {
        #[test]
        fn any_moves_keep_the_size_and_a_run_ends_exactly_when_nothing_is_open(
            moves in proptest::collection::vec((0_usize..8, 0_usize..8), 0..60),
            size in 0_i64..6,
        ) {
            let mut counts = Counts::all(TaskState::Ready, size);
            let mut state = counts.run_state(RunState::Queued);
            for (from, to) in moves {
                let _ = counts.shift(TaskState::ALL[from], TaskState::ALL[to]);
                state = counts.run_state(state);
                prop_assert_eq!(counts.size(), size);
                prop_assert!(TaskState::ALL.iter().all(|state| counts.of(*state) >= 0));
                prop_assert_eq!(state.has_ended(), counts.open() == 0);
            }
        }
    }
}
