//! Tasks that may be claimed now.

use metier_core::Timestamp;
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{DELAYED, ready_signal, skip_locked};

/// A task on its way: in `ready`, in `delayed` or in a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult, Serialize, Deserialize)]
#[serde(try_from = "Vec<i64>", into = "Vec<i64>")]
pub struct QueuedTask {
    /// Task id.
    pub task: i64,
    /// Lane id.
    pub lane: i64,
    /// Lower goes first; see [`rank`](crate::domain::rank).
    pub rank: i64,
    /// Run number.
    pub run: i64,
    /// Number of its next, or current, attempt.
    pub attempt: i64,
    /// Attempts left, that one included.
    pub attempts_left: i64,
    /// In a lease: the limit whose slot it holds; 0 for none.
    #[sea_orm(skip)]
    pub limited_by: i64,
}

impl TryFrom<Vec<i64>> for QueuedTask {
    type Error = String;
    fn try_from(numbers: Vec<i64>) -> Result<Self, String> {
        let (numbers, limited_by) = match *numbers.as_slice() {
            [.., _, limited_by] if numbers.len() == 7 => (&numbers[..6], limited_by),
            _ => (numbers.as_slice(), 0),
        };
        let &[task, lane, rank, run, attempt, attempts_left] = numbers else {
            return Err(format!("a task of {} numbers", numbers.len()));
        };
        Ok(Self { task, lane, rank, run, attempt, attempts_left, limited_by })
    }
}

impl From<QueuedTask> for Vec<i64> {
    fn from(task: QueuedTask) -> Self {
        let mut numbers = vec![task.task, task.lane, task.rank, task.run, task.attempt, task.attempts_left];
        if task.limited_by != 0 {
            numbers.push(task.limited_by);
        }
        numbers
    }
}

impl QueuedTask {
    /// The same task for its next attempt.
    #[must_use]
    pub fn next_attempt(self) -> Self {
        Self { attempt: self.attempt + 1, attempts_left: self.attempts_left - 1, ..self }
    }
}

/// The task columns of a batch.
pub fn columns(tasks: &[QueuedTask]) -> Rows {
    let ints = |value: fn(&QueuedTask) -> i64| Column::Int(tasks.iter().map(value).collect());
    Rows::new()
        .with("task", ints(|task| task.task))
        .with("lane", ints(|task| task.lane))
        .with("rank", ints(|task| task.rank))
        .with("run", ints(|task| task.run))
        .with("attempt", ints(|task| task.attempt))
        .with("attempts_left", ints(|task| task.attempts_left))
}

/// Puts tasks where workers claim them, and wakes the workers of their kinds.
pub fn insert(tx: &Tx, tasks: &[QueuedTask], kinds: &[i64]) {
    if tasks.is_empty() {
        return;
    }
    let (source, values) = columns(tasks).source(tx.backend(), 1);
    let statement = format!(
        "INSERT INTO ready (task, lane, rank, run, attempt, attempts_left) \
         SELECT task, lane, rank, run, attempt, attempts_left FROM {source}"
    );
    tx.append("ready", statement, values);
    for kind in kinds {
        tx.signal(&ready_signal(*kind));
    }
}

/// Puts tasks aside until their moments.
pub fn insert_delayed(tx: &Tx, tasks: &[(QueuedTask, Timestamp)]) {
    if tasks.is_empty() {
        return;
    }
    let queued: Vec<_> = tasks.iter().map(|(task, _)| *task).collect();
    let moments = Column::Int(tasks.iter().map(|(_, at)| at.micros()).collect());
    let (source, values) = columns(&queued).with("run_at", moments).source(tx.backend(), 1);
    let statement = format!(
        "INSERT INTO delayed (task, lane, rank, run, attempt, attempts_left, run_at) \
         SELECT task, lane, rank, run, attempt, attempts_left, run_at FROM {source}"
    );
    tx.append("delayed", statement, values);
    tx.signal(DELAYED);
}

/// Takes up to `limit` tasks of a run out of `ready` or `delayed`; what a claim holds is stepped over.
///
/// # Errors
/// When the database fails.
pub async fn take_of_run(tx: &Tx, (first, size): (i64, i64), limit: i64) -> Result<Vec<QueuedTask>, DbErr> {
    let mut taken = Vec::new();
    for table in ["ready", "delayed"] {
        let statement = format!(
            "DELETE FROM {table} WHERE task IN \
               (SELECT task FROM {table} WHERE task >= $1 AND task < $2 ORDER BY task LIMIT $3 {}) \
             RETURNING task, lane, rank, run, attempt, attempts_left",
            skip_locked(tx)
        );
        let values = vec![first.into(), (first + size).into(), limit.into()];
        taken.extend(sql::list::<QueuedTask>(tx, &statement, values).await?);
    }
    Ok(taken)
}
