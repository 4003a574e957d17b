//! Cancelling a run: what waits ends at once, what runs is told to stop.

use metier_core::Timestamp;
use metier_db::Tx;
use sea_orm::DbErr;

use super::{
    CANCELLING,
    history::{self, EndedAttempt},
    ready,
    run_book::{EndedRun, RunBook},
};
use crate::domain::state::{RunState, TaskState};

/// Tasks cancelled in one transaction.
const CHUNK: i64 = 5_000;

/// What one step of a cancellation did.
#[derive(Debug, Default)]
pub struct CancelStep {
    /// The run, if this ended it.
    pub ended: Vec<EndedRun>,
    /// Whether another step is needed.
    pub more: bool,
}

/// Marks the run as cancelling and ends up to a chunk of its waiting tasks.
///
/// # Errors
/// When the database fails.
pub async fn step(tx: &Tx, number: i64, now: Timestamp) -> Result<CancelStep, DbErr> {
    let mut book = RunBook::open(tx, [number]).await?;
    let Some(run) = book.get_mut(number).filter(|run| !run.state.has_ended()) else {
        return Ok(CancelStep::default());
    };
    run.state = RunState::Cancelling;
    let taken = ready::take_of_run(tx, (run.first_task, run.counts.size()), CHUNK).await?;
    let mut attempts = Vec::with_capacity(taken.len());
    for task in &taken {
        run.shift(TaskState::Ready, TaskState::Cancelled)?;
        attempts.push(EndedAttempt::cancelled(task, run.epoch));
    }
    let more = run.counts.of(TaskState::Ready) > 0 && !taken.is_empty();
    history::append(tx, &attempts, now);
    tx.signal(CANCELLING);
    Ok(CancelStep { ended: book.close(tx, now).ended, more })
}
