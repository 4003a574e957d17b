//! Workers seen lately, and what they handle: to say why a run waits.

use metier_core::Timestamp;
use metier_db::{Backend, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct WorkerRow {
    /// Unique per running worker.
    pub name: String,
    /// JSON array of the kind ids it handles.
    pub kinds: String,
    /// When it was last heard, microseconds.
    pub seen_at: i64,
}

/// Notes that a worker was heard.
///
/// # Errors
/// When the database fails.
pub async fn saw(tx: &Tx, name: &str, kinds: &[i64], now: Timestamp) -> Result<(), DbErr> {
    let statement = "INSERT INTO workers (name, kinds, seen_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (name) DO UPDATE SET kinds = excluded.kinds, seen_at = excluded.seen_at";
    let kinds = serde_json::to_string(kinds).map_err(|error| DbErr::Type(error.to_string()))?;
    sql::execute(tx, statement, vec![name.into(), kinds.into(), now.micros().into()]).await.map(drop)
}

/// Workers heard since `after`, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &impl ConnectionTrait, after: Timestamp) -> Result<Vec<WorkerRow>, DbErr> {
    let query = "SELECT name, kinds, seen_at FROM workers WHERE seen_at > $1 ORDER BY name LIMIT 1000";
    sql::list(connection, query, vec![after.micros().into()]).await
}

/// How many workers heard since `after` handle a kind.
///
/// # Errors
/// When the database fails.
pub async fn count_for(connection: &impl ConnectionTrait, kind: i64, after: Timestamp) -> Result<i64, DbErr> {
    let handles = match Backend::of(connection) {
        Backend::Sqlite => "EXISTS (SELECT 1 FROM json_each(kinds) WHERE value = $1)",
        Backend::Postgres => {
            "EXISTS (SELECT 1 FROM json_array_elements_text(kinds::json) AS k WHERE k::bigint = $1)"
        }
    };
    let query = format!("SELECT count(*) FROM workers WHERE seen_at > $2 AND {handles}");
    Ok(sql::scalar(connection, &query, vec![kind.into(), after.micros().into()]).await?.unwrap_or(0))
}

/// Forgets workers not heard since `before`.
///
/// # Errors
/// When the database fails.
pub async fn forget(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    sql::execute(tx, "DELETE FROM workers WHERE seen_at < $1", vec![before.micros().into()]).await
}
