//! Queues: lists of lanes that can be paused together.

use metier_core::{Timestamp, WorkspaceId};
use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::ready_signal;

/// Ready tasks are counted up to here; beyond it a screen says "more than".
pub const COUNT_LIMIT: i64 = 10_000;

/// A queue as it stands.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct QueueRow {
    /// Its name.
    pub name: String,
    /// Since when it is paused, microseconds.
    pub paused_at: Option<i64>,
    /// Tasks that may be claimed, counted up to [`COUNT_LIMIT`].
    pub ready: i64,
    /// Those of them whose key lets none begin now.
    pub held_back: i64,
}

const LIST: &str = "SELECT queues.name, queues.paused_at, \
    (SELECT count(*) FROM (SELECT 1 FROM ready JOIN lanes ON lanes.id = ready.lane \
       WHERE lanes.queue = queues.id LIMIT $2) AS counted) AS ready, \
    (SELECT count(*) FROM (SELECT 1 FROM lanes JOIN limits ON limits.id = lanes.limited_by JOIN ready ON ready.lane = lanes.id \
       WHERE lanes.queue = queues.id AND (limits.in_use >= limits.concurrency \
         OR (limits.rate_count IS NOT NULL AND limits.next_token_at > $3)) LIMIT $2) AS counted) AS held_back \
    FROM queues WHERE queues.workspace = $1";

/// The queues of a workspace, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Vec<QueueRow>, DbErr> {
    let query = format!("{LIST} ORDER BY queues.name");
    let values = vec![workspace.uuid().into(), COUNT_LIMIT.into(), now.micros().into()];
    sql::list(connection, &query, values).await
}

/// One queue.
///
/// # Errors
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    (workspace, now): (WorkspaceId, Timestamp),
    name: &str,
) -> Result<Option<QueueRow>, DbErr> {
    let query = format!("{LIST} AND queues.name = $4");
    let values = vec![workspace.uuid().into(), COUNT_LIMIT.into(), now.micros().into(), name.into()];
    sql::find(connection, &query, values).await
}

/// Pauses a queue, or lets it go on and wakes its workers. `false` when there is no such queue.
///
/// # Errors
/// When the database fails.
pub async fn set_paused(
    tx: &Tx,
    workspace: WorkspaceId,
    name: &str,
    paused_at: Option<Timestamp>,
) -> Result<bool, DbErr> {
    let statement = "UPDATE queues SET paused_at = $3 WHERE workspace = $1 AND name = $2";
    let key = || vec![workspace.uuid().into(), name.into()];
    let mut values = key();
    values.push(paused_at.map(Timestamp::micros).into());
    if sql::execute(tx, statement, values).await? == 0 {
        return Ok(false);
    }
    if paused_at.is_none() {
        wake(tx, key()).await?;
    }
    Ok(true)
}

async fn wake(tx: &Tx, key: Vec<sea_orm::Value>) -> Result<(), DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        kind: i64,
    }
    let query = "SELECT DISTINCT lanes.kind FROM lanes JOIN queues ON queues.id = lanes.queue \
                 WHERE queues.workspace = $1 AND queues.name = $2";
    for row in sql::list::<Row>(tx, query, key).await? {
        tx.signal(&ready_signal(row.kind));
    }
    Ok(())
}
