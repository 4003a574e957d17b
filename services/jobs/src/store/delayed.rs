//! Tasks that become ready at a moment of their own.

use metier_core::Timestamp;
use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr};

use super::{
    kinds,
    ready::{self, QueuedTask},
    skip_locked,
};

/// When the next delayed task becomes ready.
///
/// # Errors
/// When the database fails.
pub async fn next_due(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT run_at FROM delayed ORDER BY run_at LIMIT 1";
    Ok(sql::scalar::<i64>(connection, query, vec![]).await?.map(Timestamp::from_micros))
}

/// Makes up to `limit` due tasks ready. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn promote(tx: &Tx, now: Timestamp, limit: i64) -> Result<usize, DbErr> {
    let statement = format!(
        "DELETE FROM delayed WHERE task IN (SELECT task FROM delayed WHERE run_at <= $1 ORDER BY run_at LIMIT $2 {}) \
         RETURNING task, lane, rank, run, attempt, attempts_left",
        skip_locked(tx)
    );
    let due: Vec<QueuedTask> = sql::list(tx, &statement, vec![now.micros().into(), limit.into()]).await?;
    let kinds = kinds::of_lanes(tx, due.iter().map(|task| task.lane)).await?;
    ready::insert(tx, &due, &kinds);
    Ok(due.len())
}
