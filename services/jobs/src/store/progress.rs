//! How far the runs at work are.

use metier_db::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use crate::domain::counts::Counts;

/// Most runs that are looked at together.
pub const MOST: i64 = 500;

/// Reads the states that there are from the counts of runs, so that no ended run is stepped over.
const AT_WORK: &str = "SELECT runs.number, runs.id, runs.workspace, runs.owner, runs.correlation, runs.state, runs.size, \
    runs.waiting, runs.ready, runs.running, runs.succeeded, runs.failed, runs.timed_out, runs.cancelled, runs.skipped \
    FROM (SELECT DISTINCT workspace, state FROM run_counts \
          WHERE state IN ('running', 'waiting', 'cancelling') AND count > 0) AS busy \
    JOIN runs ON runs.workspace = busy.workspace AND runs.state = busy.state ORDER BY runs.number DESC LIMIT $1";
const OPEN: &str = "SELECT count FROM run_counts \
    WHERE state IN ('queued', 'running', 'waiting', 'cancelling') AND count > 0 LIMIT 1";

/// A run at work.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "the columns of the table runs, documented in its migration")]
pub struct ProgressRow {
    pub number: i64,
    pub id: Uuid,
    pub workspace: Uuid,
    pub owner: Option<Uuid>,
    pub correlation: String,
    pub state: String,
    pub size: i64,
    pub waiting: i64,
    pub ready: i64,
    pub running: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub timed_out: i64,
    pub cancelled: i64,
    pub skipped: i64,
}

impl ProgressRow {
    /// Its tasks by state.
    pub const fn counts(&self) -> Counts {
        Counts::from_columns([
            self.waiting,
            self.ready,
            self.running,
            self.succeeded,
            self.failed,
            self.timed_out,
            self.cancelled,
            self.skipped,
        ])
    }
}

/// The newest runs at work.
///
/// # Errors
/// When the database fails.
pub async fn list(connection: &impl ConnectionTrait) -> Result<Vec<ProgressRow>, DbErr> {
    sql::list(connection, AT_WORK, vec![MOST.into()]).await
}

/// Whether any run is open.
///
/// # Errors
/// When the database fails.
pub async fn is_any_open(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(sql::scalar::<i64>(connection, OPEN, vec![]).await?.is_some())
}
