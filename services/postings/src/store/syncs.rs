//! Passes over sources, with their accounts.

use metier_core::Timestamp;
use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::json;
use crate::domain::sync_report::SyncReport;

/// A sync.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migration")]
pub struct SyncRow {
    pub id: Uuid,
    pub source: String,
    pub run: String,
    pub state: String,
    pub complete: i64,
    pub fetched: i64,
    pub new: i64,
    pub updated: i64,
    pub duplicate: i64,
    pub rejected: i64,
    pub report: String,
    pub error: Option<String>,
    pub started_at: i64,
    pub ended_at: Option<i64>,
}

/// Begins a sync; those of the same source that a crash left open are closed as failed.
///
/// # Errors
/// When the database fails.
pub async fn begin(tx: &Tx, id: Uuid, (source, run): (&str, &str), now: Timestamp) -> Result<(), DbErr> {
    let statement = "UPDATE syncs SET state = 'failed', error = 'the sync was cut off', ended_at = $2 \
                     WHERE source = $1 AND state = 'running'";
    sql::execute(tx, statement, vec![source.into(), now.micros().into()]).await?;
    let statement = "INSERT INTO syncs (id, source, run, state, complete, fetched, new, updated, duplicate, rejected, \
        report, started_at) VALUES ($1, $2, $3, 'running', 0, 0, 0, 0, 0, 0, '{}', $4)";
    sql::execute(tx, statement, vec![id.into(), source.into(), run.into(), now.micros().into()])
        .await
        .map(drop)
}

/// How a sync stands.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// `running`, `succeeded`, `partial` or `failed`.
    pub state: &'static str,
    /// Whether everything on offer was in it.
    pub complete: bool,
    /// Its account so far.
    pub report: &'a SyncReport,
    /// Why it failed.
    pub error: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl<'a> Progress<'a> {
    /// Still under way.
    pub fn running(report: &'a SyncReport) -> Self {
        Self { state: "running", complete: false, report, error: None, ended_at: None }
    }
}

/// Keeps how a sync stands.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &Tx, id: Uuid, progress: Progress<'_>) -> Result<(), DbErr> {
    let statement = "UPDATE syncs SET state = $2, complete = $3, fetched = $4, new = $5, updated = $6, duplicate = $7, \
                     rejected = $8, report = $9, error = $10, ended_at = $11 WHERE id = $1";
    let report = progress.report;
    let count = |count: u64| sea_orm::Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let values = vec![
        id.into(),
        progress.state.into(),
        i64::from(progress.complete).into(),
        count(report.fetched()),
        count(report.new_sightings()),
        count(report.updated()),
        count(report.duplicate()),
        count(report.rejected()),
        json(report)?.into(),
        progress.error.into(),
        progress.ended_at.map(Timestamp::micros).into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// The newest syncs, of one source or of all, begun before `before`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    source: Option<&str>,
    (before, limit): (Option<i64>, i64),
) -> Result<Vec<SyncRow>, DbErr> {
    let mut values = vec![before.unwrap_or(i64::MAX).into(), limit.into()];
    let only = source.map_or("", |source| {
        values.push(source.into());
        "AND source = $3"
    });
    let query = format!(
        "SELECT id, source, run, state, complete, fetched, new, updated, duplicate, rejected, report, error, \
         started_at, ended_at FROM syncs WHERE started_at < $1 {only} ORDER BY started_at DESC LIMIT $2"
    );
    sql::list(connection, &query, values).await
}
