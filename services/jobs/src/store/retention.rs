//! Bounded history: ended runs leave in chunks, with everything that lies beside them.
//!
//! Which runs are due is read outside any transaction, for it can mean looking at many that stay. What leaves is then
//! deleted by number, and only if the run is still as it was read.

use std::collections::HashSet;

use metier_core::{Timestamp, UserId, WorkspaceId};
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{run_counts::count_runs, skip_locked};

/// Runs of one page of those that are due.
const RUNS_PER_PAGE: i64 = 500;
/// Tasks deleted in one transaction.
const TASKS_PER_CHUNK: i64 = 20_000;

/// How long the runs of a job stay, where it says so itself.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Rule {
    /// Where.
    pub workspace: Uuid,
    /// The job.
    pub name: String,
    /// At most so many days after their end.
    pub keep_days: Option<i64>,
    /// At most so many ended ones.
    pub keep_runs: Option<i64>,
}

/// The jobs that say themselves how long their runs stay.
///
/// # Errors
/// When the database fails.
pub async fn rules(connection: &impl ConnectionTrait) -> Result<Vec<Rule>, DbErr> {
    let query = "SELECT workspace, name, keep_days, keep_runs FROM jobs WHERE archived_at IS NULL \
                 AND (keep_days IS NOT NULL OR keep_runs IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM jobs AS newer \
                 WHERE newer.workspace = jobs.workspace AND newer.name = jobs.name AND newer.version > jobs.version)";
    sql::list(connection, query, vec![]).await
}

/// Where a page of runs that are due ended: the last one's end and number.
pub type Place = (i64, i64);

/// A run that is due.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Due {
    /// Its number.
    pub number: i64,
    /// When it ended, microseconds.
    pub ended_at: i64,
    /// Which time it ended; a replay counts on.
    pub epoch: i64,
    /// Id of its first task.
    pub first_task: i64,
    /// How many tasks it has.
    pub size: i64,
}

const SELECT: &str = "SELECT number, ended_at, epoch, first_task, size FROM runs WHERE ended_at IS NOT NULL";

/// The runs that ended before `before` and whose job does not say otherwise, from `after` on, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn due_by_age(
    connection: &impl ConnectionTrait,
    before: Timestamp,
    (end, number): Place,
) -> Result<Vec<Due>, DbErr> {
    let query = format!(
        "{SELECT} AND ended_at < $1 AND (ended_at, number) > ($2, $3) AND (job IS NULL OR job NOT IN (\
           SELECT own.id FROM jobs AS own JOIN jobs AS rule ON rule.workspace = own.workspace AND rule.name = own.name \
           WHERE rule.keep_days IS NOT NULL AND rule.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM jobs AS newer \
             WHERE newer.workspace = rule.workspace AND newer.name = rule.name AND newer.version > rule.version))) \
         ORDER BY ended_at, number LIMIT {RUNS_PER_PAGE}"
    );
    sql::list(connection, &query, vec![before.micros().into(), end.into(), number.into()]).await
}

/// The runs of a job that its own rule lets go at `now`, from `after` on, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn due_by_rule(
    connection: &impl ConnectionTrait,
    rule: &Rule,
    now: Timestamp,
    (_, after): Place,
) -> Result<Vec<Due>, DbErr> {
    const DAY: i64 = 24 * 60 * 60 * 1_000_000;
    let before =
        rule.keep_days.map_or(i64::MIN, |days| now.micros().saturating_sub(days.saturating_mul(DAY)));
    let versions = "(SELECT id FROM jobs WHERE workspace = $1 AND name = $2)";
    let surplus = match rule.keep_runs {
        None => String::new(),
        Some(keep) => format!(
            " OR number <= (SELECT number FROM runs WHERE job IN {versions} AND ended_at IS NOT NULL \
             ORDER BY number DESC LIMIT 1 OFFSET {keep})"
        ),
    };
    let query = format!(
        "{SELECT} AND job IN {versions} AND number > $4 AND (ended_at < $3{surplus}) ORDER BY number LIMIT {RUNS_PER_PAGE}"
    );
    let values = vec![rule.workspace.into(), rule.name.as_str().into(), before.into(), after.into()];
    sql::list(connection, &query, values).await
}

/// A part of a run, to be deleted in one transaction with others.
#[derive(Clone, Debug)]
pub struct Part {
    /// The run.
    pub run: Due,
    /// From this task on.
    pub from: i64,
    /// Up to this one, which stays.
    pub to: i64,
}

impl Part {
    /// Whether nothing is left of the run after it.
    pub const fn is_last(&self) -> bool {
        self.to == self.run.first_task + self.run.size
    }
}

/// Divides runs into what is deleted in one transaction each.
pub fn chunks(runs: &[Due]) -> Vec<Vec<Part>> {
    let (mut chunks, mut chunk, mut room) = (Vec::new(), Vec::new(), TASKS_PER_CHUNK);
    for run in runs {
        let (mut from, end) = (run.first_task, run.first_task + run.size);
        loop {
            let to = end.min(from + room);
            chunk.push(Part { run: run.clone(), from, to });
            room -= to - from;
            if room == 0 {
                chunks.push(std::mem::take(&mut chunk));
                room = TASKS_PER_CHUNK;
            }
            from = to;
            if from == end {
                break;
            }
        }
    }
    chunks.extend((!chunk.is_empty()).then_some(chunk));
    chunks
}

#[derive(FromQueryResult)]
struct Held {
    number: i64,
    workspace: Uuid,
    owner: Option<Uuid>,
    state: String,
    epoch: i64,
}

#[derive(FromQueryResult)]
struct BlobRow {
    blob: String,
}

/// What a transaction deleted.
#[derive(Debug, Default)]
pub struct Deleted {
    /// Runs of which nothing is left.
    pub runs: usize,
    /// Results in the blob store that nothing names any more.
    pub blobs: Vec<String>,
}

/// Deletes parts of runs. A run that was replayed meanwhile stays, and one that somebody else holds.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, parts: &[Part]) -> Result<Deleted, DbErr> {
    let held = hold(tx, parts).await?;
    let is_held =
        |part: &&Part| held.iter().any(|run| (run.number, run.epoch) == (part.run.number, part.run.epoch));
    let mut deleted = Deleted::default();
    for part in parts.iter().filter(is_held) {
        delete_tasks(tx, part, &mut deleted.blobs).await?;
    }
    let last: HashSet<i64> =
        parts.iter().filter(is_held).filter(|part| part.is_last()).map(|part| part.run.number).collect();
    let gone: Vec<&Held> = held.iter().filter(|run| last.contains(&run.number)).collect();
    deleted.runs = gone.len();
    delete_runs(tx, &gone).await?;
    Ok(deleted)
}

async fn hold(tx: &Tx, parts: &[Part]) -> Result<Vec<Held>, DbErr> {
    let numbers = Column::Int(parts.iter().map(|part| part.run.number).collect());
    let (source, values) = Rows::new().with("n", numbers).source(tx.backend(), 1);
    let query = format!(
        "SELECT number, workspace, owner, state, epoch FROM runs \
         WHERE number IN (SELECT n FROM {source}) AND ended_at IS NOT NULL ORDER BY number {}",
        skip_locked(tx)
    );
    sql::list(tx, &query, values).await
}

async fn delete_tasks(tx: &Tx, part: &Part, blobs: &mut Vec<String>) -> Result<(), DbErr> {
    // With the last part goes what an earlier transaction stepped over.
    let from = if part.is_last() { part.run.first_task } else { part.from };
    let range = || vec![from.into(), part.to.into()];
    let query = "SELECT blob FROM results WHERE task >= $1 AND task < $2 AND blob IS NOT NULL";
    blobs.extend(sql::list::<BlobRow>(tx, query, range()).await?.into_iter().map(|row| row.blob));
    for table in ["attempts", "results", "output", "progress"] {
        sql::execute(tx, &format!("DELETE FROM {table} WHERE task >= $1 AND task < $2"), range()).await?;
    }
    sql::execute(tx, "DELETE FROM tasks WHERE id >= $1 AND id < $2", range()).await.map(drop)
}

/// Which blobs the results of these tasks name.
///
/// # Errors
/// When the database fails.
pub async fn named_blobs(
    connection: &impl ConnectionTrait,
    tasks: Vec<i64>,
) -> Result<HashSet<String>, DbErr> {
    let (source, values) = Rows::new().with("t", Column::Int(tasks)).source(Backend::of(connection), 1);
    let query =
        format!("SELECT blob FROM results WHERE task IN (SELECT t FROM {source}) AND blob IS NOT NULL");
    Ok(sql::list::<BlobRow>(connection, &query, values).await?.into_iter().map(|row| row.blob).collect())
}

async fn delete_runs(tx: &Tx, gone: &[&Held]) -> Result<(), DbErr> {
    if gone.is_empty() {
        return Ok(());
    }
    let numbers = || Rows::new().with("n", Column::Int(gone.iter().map(|run| run.number).collect()));
    let (source, values) = numbers().source(tx.backend(), 1);
    sql::execute(tx, &format!("DELETE FROM run_keys WHERE run IN (SELECT n FROM {source})"), values).await?;
    let (source, values) = numbers().source(tx.backend(), 1);
    sql::execute(tx, &format!("DELETE FROM runs WHERE number IN (SELECT n FROM {source})"), values).await?;
    let counted = gone.iter().filter_map(|run| {
        let owner = run.owner.map(UserId::from_uuid);
        Some(((WorkspaceId::from_uuid(run.workspace), owner, run.state.parse().ok()?), -1))
    });
    count_runs(tx, counted);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(number: i64, first_task: i64, size: i64) -> Due {
        Due { number, ended_at: 0, epoch: 1, first_task, size }
    }

    fn ranges(runs: &[Due]) -> Vec<Vec<(i64, i64, i64, bool)>> {
        let range = |part: &Part| (part.run.number, part.from, part.to, part.is_last());
        chunks(runs).iter().map(|chunk| chunk.iter().map(range).collect()).collect()
    }

    #[test]
    fn a_run_larger_than_a_transaction_is_deleted_in_several() {
        assert_eq!(
            ranges(&[due(1, 10, 3), due(2, 13, 40_000), due(3, 40_013, 0)]),
            [
                vec![(1, 10, 13, true), (2, 13, 20_010, false)],
                vec![(2, 20_010, 40_010, false)],
                vec![(2, 40_010, 40_013, true), (3, 40_013, 40_013, true)],
            ]
        );
    }

    #[test]
    fn nothing_due_is_no_transaction() {
        assert!(ranges(&[]).is_empty());
    }
}
