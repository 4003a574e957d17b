//! Bounded history: ended runs leave in chunks, with everything that lies beside them.

use std::collections::HashSet;

use metier_core::{Timestamp, UserId, WorkspaceId};
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{run_book::count_runs, skip_locked};

/// Runs deleted in one transaction.
const RUNS_PER_CHUNK: i64 = 500;
/// Tasks of one run deleted in one transaction.
const TASKS_PER_CHUNK: i64 = 20_000;

#[derive(FromQueryResult)]
struct Old {
    number: i64,
    workspace: Uuid,
    owner: Option<Uuid>,
    state: String,
    first_task: i64,
    size: i64,
}

#[derive(FromQueryResult)]
struct BlobRow {
    blob: String,
}

/// What a chunk deleted.
#[derive(Debug, Default)]
pub struct Deleted {
    /// Runs gone.
    pub runs: usize,
    /// Results in the blob store that nothing names any more.
    pub blobs: Vec<String>,
    /// Whether there may be more.
    pub more: bool,
}

/// Deletes a chunk of the runs that ended before `before`, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn delete_chunk(tx: &Tx, before: Timestamp) -> Result<Deleted, DbErr> {
    let query = format!(
        "SELECT number, workspace, owner, state, first_task, size FROM runs \
         WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2 {}",
        skip_locked(tx)
    );
    let found: Vec<Old> = sql::list(tx, &query, vec![before.micros().into(), RUNS_PER_CHUNK.into()]).await?;
    let more = !found.is_empty();
    let mut deleted = Deleted { more, ..Deleted::default() };
    let mut gone = Vec::new();
    let mut tasks = 0;
    for run in found {
        let whole = delete_tasks(tx, &run, &mut deleted.blobs).await?;
        tasks += run.size.min(TASKS_PER_CHUNK);
        if whole {
            gone.push(run);
        }
        if tasks >= TASKS_PER_CHUNK {
            break;
        }
    }
    deleted.runs = gone.len();
    delete_runs(tx, &gone).await?;
    Ok(deleted)
}

/// Deletes up to a chunk of a run's tasks. `true` when none are left.
async fn delete_tasks(tx: &Tx, run: &Old, blobs: &mut Vec<String>) -> Result<bool, DbErr> {
    let query = "SELECT min(id) FROM tasks WHERE id >= $1 AND id < $2";
    let end = run.first_task + run.size;
    let first =
        sql::scalar::<Option<i64>>(tx, query, vec![run.first_task.into(), end.into()]).await?.flatten();
    let Some(first) = first else { return Ok(true) };
    let last = end.min(first + TASKS_PER_CHUNK);
    let range = || vec![first.into(), last.into()];
    let query = "SELECT blob FROM results WHERE task >= $1 AND task < $2 AND blob IS NOT NULL";
    blobs.extend(sql::list::<BlobRow>(tx, query, range()).await?.into_iter().map(|row| row.blob));
    for table in ["attempts", "results", "output", "progress"] {
        sql::execute(tx, &format!("DELETE FROM {table} WHERE task >= $1 AND task < $2"), range()).await?;
    }
    sql::execute(tx, "DELETE FROM tasks WHERE id >= $1 AND id < $2", range()).await?;
    Ok(last == end)
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

async fn delete_runs(tx: &Tx, gone: &[Old]) -> Result<(), DbErr> {
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
    count_runs(tx, counted).await
}
