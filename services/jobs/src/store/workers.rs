//! Workers seen lately, and what they handle: to say why a run waits.

use metier_core::{Timestamp, WorkspaceId};
use metier_db::{Backend, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::runs::RunRow;

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct WorkerRow {
    /// Unique per running worker.
    pub name: String,
    /// JSON array of the kind ids it handles.
    pub kinds: String,
    /// JSON array of what it can do.
    pub capabilities: String,
    /// When it was last heard, microseconds.
    pub seen_at: i64,
}

/// A workspace as it is kept; all ones for who works for every one.
fn kept(workspace: Option<WorkspaceId>) -> Uuid {
    workspace.map_or(Uuid::max(), WorkspaceId::uuid)
}

/// Notes that a worker was heard, and whose it is; nobody's when it works for every workspace.
///
/// # Errors
/// When the database fails.
pub async fn saw(
    tx: &Tx,
    (workspace, name): (Option<WorkspaceId>, &str),
    (kinds, capabilities): (&[i64], &[String]),
    now: Timestamp,
) -> Result<(), DbErr> {
    let statement = "INSERT INTO workers (workspace, name, kinds, capabilities, seen_at) VALUES ($1, $2, $3, $4, $5) \
                     ON CONFLICT (workspace, name) DO UPDATE SET kinds = excluded.kinds, \
                     capabilities = excluded.capabilities, seen_at = excluded.seen_at";
    let json = |value: serde_json::Value| value.to_string().into();
    let (kinds, capabilities) = (json(kinds.to_vec().into()), json(capabilities.to_vec().into()));
    let values = vec![kept(workspace).into(), name.into(), kinds, capabilities, now.micros().into()];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Workers of a workspace heard since `after`, and those that work for every one, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    after: Timestamp,
) -> Result<Vec<WorkerRow>, DbErr> {
    let query = "SELECT name, kinds, capabilities, seen_at FROM workers \
                 WHERE seen_at > $1 AND workspace IN ($2, $3) ORDER BY name LIMIT 1000";
    let values = vec![after.micros().into(), workspace.uuid().into(), kept(None).into()];
    sql::list(connection, query, values).await
}

/// How many workers heard since `after` can take the tasks of a run.
///
/// # Errors
/// When the database fails.
pub async fn count_for(
    connection: &impl ConnectionTrait,
    run: &RunRow,
    after: Timestamp,
) -> Result<i64, DbErr> {
    let handles = match Backend::of(connection) {
        Backend::Sqlite => {
            "EXISTS (SELECT 1 FROM json_each(kinds) WHERE value = $1) AND NOT EXISTS (SELECT 1 FROM json_each($5) AS required \
             WHERE required.value NOT IN (SELECT value FROM json_each(capabilities)))"
        }
        Backend::Postgres => {
            "EXISTS (SELECT 1 FROM json_array_elements_text(kinds::json) AS k WHERE k::bigint = $1) \
             AND $5::jsonb <@ capabilities::jsonb"
        }
    };
    let query = format!(
        "SELECT count(*) FROM workers WHERE seen_at > $2 AND {handles} \
         AND (workspace = $3 OR workspace = (SELECT workspace FROM runs WHERE number = $4))"
    );
    let mut values = vec![run.kind.into(), after.micros().into(), kept(None).into(), run.number.into()];
    values.push(run.requires.as_str().into());
    Ok(sql::scalar(connection, &query, values).await?.unwrap_or(0))
}

/// Forgets workers not heard since `before`.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    sql::execute(tx, "DELETE FROM workers WHERE seen_at < $1", vec![before.micros().into()]).await
}
