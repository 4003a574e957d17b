//! Reading runs: one, and the counts by state. A page of them: [`run_pages`](super::run_pages).

use metier_core::{RunId, UserId, WorkspaceId};
use metier_db::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

/// A run as read.
#[derive(Clone, Debug, FromQueryResult)]
#[expect(missing_docs, reason = "the columns of the table runs, documented in its migration")]
pub struct RunRow {
    pub number: i64,
    pub id: Uuid,
    pub workspace: Uuid,
    pub owner: Option<Uuid>,
    pub actor: String,
    pub source: String,
    pub correlation: String,
    pub job: Option<Uuid>,
    pub lane: i64,
    pub kind: i64,
    pub kind_name: String,
    pub kind_version: i64,
    pub queue: String,
    pub paused_at: Option<i64>,
    pub priority: i64,
    pub requires: String,
    pub limited_by: Option<String>,
    pub state: String,
    pub reason: Option<String>,
    pub epoch: i64,
    pub first_task: i64,
    pub size: i64,
    pub waiting: i64,
    pub ready: i64,
    pub running: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub timed_out: i64,
    pub cancelled: i64,
    pub skipped: i64,
    pub bad_items: i64,
    pub max_attempts: i64,
    pub timeout_ms: i64,
    pub run_at: Option<i64>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

pub(super) const SELECT: &str = "SELECT runs.number, runs.id, runs.workspace, runs.owner, runs.actor, runs.source, runs.correlation, runs.job, \
    runs.lane, kinds.id AS kind, kinds.name AS kind_name, kinds.version AS kind_version, queues.name AS queue, \
    queues.paused_at, runs.priority, lanes.requires, limits.key AS limited_by, runs.state, runs.reason, runs.epoch, runs.first_task, runs.size, runs.waiting, \
    runs.ready, runs.running, runs.succeeded, runs.failed, runs.timed_out, runs.cancelled, runs.skipped, runs.bad_items, \
    runs.max_attempts, runs.timeout_ms, runs.run_at, runs.created_at, runs.started_at, runs.ended_at \
    FROM runs JOIN lanes ON lanes.id = runs.lane JOIN kinds ON kinds.id = lanes.kind \
    JOIN queues ON queues.id = lanes.queue LEFT JOIN limits ON limits.id = lanes.limited_by";

/// Which runs someone may see.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// In this workspace.
    pub workspace: WorkspaceId,
    /// Only this owner's; `None` for everyone's.
    pub owner: Option<UserId>,
}

/// Conditions under construction.
pub(super) struct Conditions {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    pub(super) fn seen_by(sight: Sight) -> Self {
        let mut conditions =
            Self { text: "runs.workspace = $1".into(), values: vec![sight.workspace.uuid().into()] };
        if let Some(owner) = sight.owner {
            conditions.and("runs.owner =", owner.uuid());
        }
        conditions
    }

    pub(super) fn and(&mut self, left: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.text.push_str(&format!(" AND {left} ${}", self.values.len()));
    }
}

/// A run by its id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    sight: Sight,
    id: RunId,
) -> Result<Option<RunRow>, DbErr> {
    let mut conditions = Conditions::seen_by(sight);
    conditions.and("runs.id =", id.uuid());
    sql::find(connection, &format!("{SELECT} WHERE {}", conditions.text), conditions.values).await
}

/// A run by its number.
///
/// # Errors
/// When the database fails.
pub async fn find_by_number(
    connection: &impl ConnectionTrait,
    sight: Sight,
    number: i64,
) -> Result<Option<RunRow>, DbErr> {
    let mut conditions = Conditions::seen_by(sight);
    conditions.and("runs.number =", number);
    sql::find(connection, &format!("{SELECT} WHERE {}", conditions.text), conditions.values).await
}

/// A run by its number, whosever it is.
///
/// # Errors
/// When the database fails.
pub async fn of_number(connection: &impl ConnectionTrait, number: i64) -> Result<Option<RunRow>, DbErr> {
    sql::find(connection, &format!("{SELECT} WHERE runs.number = $1"), vec![number.into()]).await
}

/// Runs by state.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StateCount {
    /// The state.
    pub state: String,
    /// How many runs are in it.
    pub count: i64,
}

/// How many runs are in each state, from counters.
///
/// # Errors
/// When the database fails.
pub async fn counts(connection: &impl ConnectionTrait, sight: Sight) -> Result<Vec<StateCount>, DbErr> {
    let (owner, mut values) = match sight.owner {
        Some(owner) => ("AND owner = $2", vec![owner.uuid().into()]),
        None => ("", vec![]),
    };
    values.insert(0, sight.workspace.uuid().into());
    let query = format!(
        "SELECT state, CAST(sum(count) AS bigint) AS count FROM run_counts WHERE workspace = $1 {owner} GROUP BY state ORDER BY state"
    );
    sql::list(connection, &query, values).await
}
