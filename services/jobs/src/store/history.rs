//! Append-only history: attempts, and the results beside them.

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx};

use super::{leases::Lease, ready::QueuedTask};
use crate::domain::{
    outcome::{Failure, Outcome},
    state::TaskState,
};

/// An attempt that ended.
#[derive(Clone, Debug)]
pub struct EndedAttempt {
    /// Task id.
    pub task: i64,
    /// Its number.
    pub attempt: i64,
    /// Its run's epoch.
    pub epoch: i64,
    /// How it is recorded.
    pub state: &'static str,
    /// Whether it is the task's one recorded outcome in this epoch.
    pub is_final: bool,
    /// Who tried, and since when; nobody for a task cancelled before it was claimed.
    pub claim: Option<(String, Timestamp)>,
    /// Why it did not succeed.
    pub failure: Option<Failure>,
    /// What it gave: JSON text, or the name of a blob.
    pub result: Option<ResultValue>,
}

/// A result where it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultValue {
    /// JSON text.
    Inline(String),
    /// Key in the blob store.
    Blob(String),
}

impl EndedAttempt {
    /// What `outcome` makes of an attempt under `lease`, ending its task in `end` if it does; `None` when it
    /// never started.
    pub fn of(
        task: &QueuedTask,
        lease: &Lease,
        epoch: i64,
        outcome: &Outcome,
        end: Option<TaskState>,
    ) -> Option<Self> {
        let state = end.map(TaskState::name).or_else(|| outcome.recorded())?;
        Some(Self {
            task: task.task,
            attempt: task.attempt,
            epoch,
            state,
            is_final: end.is_some(),
            claim: Some((lease.worker.clone(), lease.claimed_at)),
            failure: outcome.failure(),
            result: None,
        })
    }

    /// A task that was cancelled before anyone claimed it.
    pub fn cancelled(task: &QueuedTask, epoch: i64) -> Self {
        let failure = Outcome::Cancelled.failure();
        let (task, attempt) = (task.task, task.attempt);
        Self { task, attempt, epoch, state: "cancelled", is_final: true, claim: None, failure, result: None }
    }
}

/// Appends attempts and their results.
pub fn append(tx: &Tx, attempts: &[EndedAttempt], now: Timestamp) {
    if attempts.is_empty() {
        return;
    }
    let ints = |value: fn(&EndedAttempt) -> i64| Column::Int(attempts.iter().map(value).collect());
    let texts = |value: fn(&EndedAttempt) -> Option<String>| {
        Column::OptionalText(attempts.iter().map(value).collect())
    };
    let claimed = |ended: &EndedAttempt| ended.claim.as_ref().map(|(_, at)| at.micros());
    let rows = Rows::new()
        .with("t", ints(|ended| ended.task))
        .with("a", ints(|ended| ended.attempt))
        .with("e", ints(|ended| ended.epoch))
        .with("s", Column::Text(attempts.iter().map(|ended| ended.state.to_owned()).collect()))
        .with("f", ints(|ended| i64::from(ended.is_final)))
        .with("w", texts(|ended| ended.claim.as_ref().map(|(worker, _)| worker.clone())))
        .with("ca", Column::OptionalInt(attempts.iter().map(claimed).collect()))
        .with("ec", texts(|ended| ended.failure.as_ref().map(|failure| failure.code.clone())))
        .with("em", texts(|ended| ended.failure.as_ref().map(|failure| failure.message.clone())));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(now.micros().into());
    let ended_at = values.len();
    let statement = format!(
        "INSERT INTO attempts (task, attempt, epoch, state, final, worker, claimed_at, ended_at, error_code, error_message) \
         SELECT t, a, e, s, f, w, ca, ${ended_at}, ec, em FROM {source}"
    );
    tx.append("attempts", statement, values);
    append_results(tx, attempts);
}

fn append_results(tx: &Tx, attempts: &[EndedAttempt]) {
    let with_result: Vec<_> =
        attempts.iter().filter_map(|ended| Some((ended, ended.result.as_ref()?))).collect();
    if with_result.is_empty() {
        return;
    }
    let inline = |result: &ResultValue| match result {
        ResultValue::Inline(text) => Some(text.clone()),
        ResultValue::Blob(_) => None,
    };
    let blob = |result: &ResultValue| match result {
        ResultValue::Blob(key) => Some(key.clone()),
        ResultValue::Inline(_) => None,
    };
    let rows = Rows::new()
        .with("t", Column::Int(with_result.iter().map(|(ended, _)| ended.task).collect()))
        .with("a", Column::Int(with_result.iter().map(|(ended, _)| ended.attempt).collect()))
        .with("v", Column::OptionalText(with_result.iter().map(|(_, result)| inline(result)).collect()))
        .with("b", Column::OptionalText(with_result.iter().map(|(_, result)| blob(result)).collect()));
    let (source, values) = rows.source(tx.backend(), 1);
    let statement =
        format!("INSERT INTO results (task, attempt, value, blob) SELECT t, a, v, b FROM {source}");
    tx.append("results", statement, values);
}

/// Adds to what the engine counted about itself.
pub fn tally(tx: &Tx, name: &str, more: usize) {
    if more == 0 {
        return;
    }
    let more = i64::try_from(more).unwrap_or(i64::MAX);
    let statement = "UPDATE tallies SET value = value + $1 WHERE name = $2";
    tx.defer("tallies", statement, vec![more.into(), name.into()]);
}
