//! Jobs: named, versioned definitions of work. A row never changes; a change is a new version.

use metier_core::{Timestamp, WorkspaceId};
use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

/// A version of a job.
#[derive(Clone, Debug, FromQueryResult)]
pub struct JobRow {
    /// Names this version.
    pub id: Uuid,
    /// Whose it is.
    pub owner: Option<Uuid>,
    /// Its name, unique in its workspace.
    pub name: String,
    /// From 1.
    pub version: i64,
    /// What it does, for people.
    pub description: String,
    /// The kind its tasks have.
    pub kind: String,
    /// That kind's version.
    pub kind_version: i64,
    /// JSON of the parameters that every item starts from.
    pub parameters: String,
    /// The queue its runs go to.
    pub queue: String,
    /// Higher goes first.
    pub priority: i64,
    /// JSON array of the capabilities its tasks need.
    pub requires: String,
    /// JSON array of the keys its tasks carry.
    pub limits: String,
    /// Attempts per task; the kind's when absent.
    pub max_attempts: Option<i64>,
    /// Longest attempt, milliseconds; the kind's when absent.
    pub timeout_ms: Option<i64>,
    /// Its ended runs stay at most so many days; the installation's rule when absent.
    pub keep_days: Option<i64>,
    /// At most so many of its ended runs stay; no bound when absent.
    pub keep_runs: Option<i64>,
    /// When this version was made, microseconds.
    pub created_at: i64,
}

const SELECT: &str = "SELECT id, owner, name, version, description, kind, kind_version, parameters, queue, priority, \
    requires, limits, max_attempts, timeout_ms, keep_days, keep_runs, created_at FROM jobs";
const NEWEST: &str = "NOT EXISTS (SELECT 1 FROM jobs AS newer WHERE newer.workspace = jobs.workspace \
    AND newer.name = jobs.name AND newer.version > jobs.version)";

/// The newest version of each job after `after` by name, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (&str, i64),
) -> Result<Vec<JobRow>, DbErr> {
    let query = format!(
        "{SELECT} WHERE workspace = $1 AND archived_at IS NULL AND name > $2 AND {NEWEST} ORDER BY name LIMIT $3"
    );
    sql::list(connection, &query, vec![workspace.uuid().into(), after.into(), limit.into()]).await
}

/// A job's newest version.
///
/// # Errors
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<JobRow>, DbErr> {
    let query = format!(
        "{SELECT} WHERE workspace = $1 AND name = $2 AND archived_at IS NULL ORDER BY version DESC LIMIT 1"
    );
    sql::find(connection, &query, vec![workspace.uuid().into(), name.into()]).await
}

/// The highest version a name ever had, archived ones included; 0 for none.
///
/// # Errors
/// When the database fails.
pub async fn last_version(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    name: &str,
) -> Result<i64, DbErr> {
    let query = "SELECT coalesce(max(version), 0) FROM jobs WHERE workspace = $1 AND name = $2";
    let last = sql::scalar(connection, query, vec![workspace.uuid().into(), name.into()]).await?;
    Ok(last.unwrap_or(0))
}

/// Writes a version.
///
/// # Errors
/// When the database fails, or someone else wrote the same version first.
pub async fn insert(tx: &Tx, workspace: WorkspaceId, job: &JobRow) -> Result<(), DbErr> {
    let statement = "INSERT INTO jobs (id, workspace, owner, name, version, description, kind, kind_version, parameters, \
        queue, priority, requires, limits, max_attempts, timeout_ms, keep_days, keep_runs, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let values = vec![
        job.id.into(),
        workspace.uuid().into(),
        job.owner.into(),
        job.name.as_str().into(),
        job.version.into(),
        job.description.as_str().into(),
        job.kind.as_str().into(),
        job.kind_version.into(),
        job.parameters.as_str().into(),
        job.queue.as_str().into(),
        job.priority.into(),
        job.requires.as_str().into(),
        job.limits.as_str().into(),
        job.max_attempts.into(),
        job.timeout_ms.into(),
        job.keep_days.into(),
        job.keep_runs.into(),
        job.created_at.into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Ends every version of a name. Its runs stay. `false` when there was none.
///
/// # Errors
/// When the database fails.
pub async fn archive(tx: &Tx, workspace: WorkspaceId, name: &str, now: Timestamp) -> Result<bool, DbErr> {
    let statement =
        "UPDATE jobs SET archived_at = $3 WHERE workspace = $1 AND name = $2 AND archived_at IS NULL";
    let values = vec![workspace.uuid().into(), name.into(), now.micros().into()];
    Ok(sql::execute(tx, statement, values).await? > 0)
}
