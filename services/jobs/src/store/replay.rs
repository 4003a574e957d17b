//! Replaying ended tasks: the run opens again under a new epoch.

use std::time::Duration;

use metier_core::Timestamp;
use metier_db::{Tx, sql};
use sea_orm::{DbErr, FromQueryResult};

use super::{
    kinds,
    ready::{self, QueuedTask},
    run_book::{OpenRun, RunBook},
};
use crate::domain::{
    rank::rank,
    state::{RunState, TaskState},
};

/// Tasks replayed at most in one call; the caller repeats it for the rest.
pub const CHUNK: i64 = 100_000;

#[derive(FromQueryResult)]
struct Dead {
    task: i64,
    attempt: i64,
    state: String,
}

/// Puts the tasks of an ended run that did not succeed back in line, or only the task at `index`.
///
/// Answers the run and how many tasks were put back; `None` when the run is gone, still open, or has no
/// such task.
///
/// # Errors
/// When the database fails.
pub async fn run(
    tx: &Tx,
    number: i64,
    index: Option<i64>,
    (now, ageing): (Timestamp, Duration),
) -> Result<Option<(OpenRun, usize)>, DbErr> {
    let mut book = RunBook::open(tx, [number]).await?;
    let Some(run) = book.get_mut(number).filter(|run| run.state.has_ended()) else { return Ok(None) };
    let dead = dead_tasks(tx, run, index).await?;
    if dead.is_empty() {
        return Ok(None);
    }
    for task in &dead {
        let from: TaskState = task.state.parse().map_err(|error| DbErr::Type(format!("{error}")))?;
        run.counts.reopen(from, 1).map_err(|error| DbErr::Custom(error.to_string()))?;
    }
    run.epoch += 1;
    (run.ended_at, run.reason) = (None, None);
    run.state = RunState::Running;
    let rank = rank(now, run.priority, ageing);
    let queued: Vec<_> = dead.iter().map(|task| requeued(run, task, rank)).collect();
    let reopened = run.clone();
    let kinds = kinds::of_lanes(tx, [reopened.lane]).await?;
    ready::insert(tx, &queued, &kinds);
    book.close(tx, now);
    Ok(Some((reopened, queued.len())))
}

fn requeued(run: &OpenRun, dead: &Dead, rank: i64) -> QueuedTask {
    QueuedTask {
        task: dead.task,
        lane: run.lane,
        rank,
        run: run.number,
        attempt: dead.attempt + 1,
        attempts_left: run.max_attempts,
        limited_by: 0,
    }
}

/// Tasks whose latest attempt ended them otherwise than well.
async fn dead_tasks(tx: &Tx, run: &OpenRun, index: Option<i64>) -> Result<Vec<Dead>, DbErr> {
    let (first, last) = match index {
        Some(index) => (run.first_task + index, run.first_task + index + 1),
        None => (run.first_task, run.first_task + run.counts.size()),
    };
    let query = "SELECT task, attempt, state FROM attempts AS latest \
        WHERE task >= $1 AND task < $2 AND final = 1 AND state IN ('failed', 'timed_out', 'cancelled') \
        AND NOT EXISTS (SELECT 1 FROM attempts AS later WHERE later.task = latest.task AND later.attempt > latest.attempt) \
        ORDER BY task LIMIT $3";
    sql::list(tx, query, vec![first.into(), last.into(), CHUNK.into()]).await
}
