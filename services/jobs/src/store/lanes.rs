//! Lanes: the classes of tasks that a claim cannot tell apart.

use std::time::Duration;

use metier_core::{Timestamp, UserId, WorkspaceId};
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

use crate::domain::share::Head;

/// What makes a lane.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LaneKey {
    /// Where.
    pub workspace: WorkspaceId,
    /// The queue's name.
    pub queue: String,
    /// The kind's id.
    pub kind: i64,
    /// Whose tasks.
    pub owner: Option<UserId>,
    /// Sorted JSON array of the capabilities a worker needs for them.
    pub requires: String,
    /// The limit they are under; 0 for none.
    pub limited_by: i64,
}

/// The lane of this key, made when it is first used.
///
/// # Errors
/// When the database fails.
pub async fn make(tx: &Tx, key: &LaneKey, now: Timestamp) -> Result<i64, DbErr> {
    let queue = || -> Vec<Value> { vec![key.workspace.uuid().into(), key.queue.as_str().into()] };
    let statement = "INSERT INTO queues (workspace, name, created_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (workspace, name) DO NOTHING";
    sql::execute(tx, statement, [queue(), vec![now.micros().into()]].concat()).await?;
    let owner = key.owner.map_or(Uuid::nil(), UserId::uuid);
    let rest = || vec![key.kind.into(), owner.into(), key.requires.as_str().into(), key.limited_by.into()];
    let class = || [queue(), rest()].concat();
    let statement = "INSERT INTO lanes (queue, kind, owner, requires, limited_by) \
                     SELECT id, $3, $4, $5, $6 FROM queues WHERE workspace = $1 AND name = $2 \
                     ON CONFLICT (queue, kind, owner, requires, limited_by) DO NOTHING";
    sql::execute(tx, statement, class()).await?;
    let query = "SELECT lanes.id FROM lanes JOIN queues ON queues.id = lanes.queue WHERE queues.workspace = $1 \
                 AND queues.name = $2 AND lanes.kind = $3 AND lanes.owner = $4 AND lanes.requires = $5 \
                 AND lanes.limited_by = $6";
    let lane = sql::scalar::<i64>(tx, query, class()).await?;
    lane.ok_or_else(|| DbErr::RecordNotFound(format!("the lane of kind {} in queue {}", key.kind, key.queue)))
}

/// Which lanes a claim may take from.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Kind ids the worker handles.
    pub kinds: Vec<i64>,
    /// Queue names it takes from; empty for all.
    pub queues: Vec<String>,
    /// What the worker can do: it takes tasks that require no more than that.
    pub capabilities: Vec<String>,
    /// The workspace it works for; every one for Metier's own services.
    pub workspace: Option<WorkspaceId>,
}

/// A lane that a claim may take from, now or soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneHead {
    /// The lane and its first task.
    pub head: Head,
    /// The limit it is under; 0 for none.
    pub limited_by: i64,
    /// How long until its limit's rate gives a token; no time when it may be taken from now.
    pub opens_in: Duration,
}

#[derive(FromQueryResult)]
struct HeadRow {
    lane: i64,
    owner: Uuid,
    rank: i64,
    limited_by: i64,
    opens_in: i64,
}

impl From<HeadRow> for LaneHead {
    fn from(row: HeadRow) -> Self {
        let HeadRow { lane, owner, rank, limited_by, opens_in } = row;
        let opens_in = Duration::from_micros(u64::try_from(opens_in).unwrap_or(0));
        Self { head: Head { lane, owner, rank }, limited_by, opens_in }
    }
}

/// From one lane with tasks to the next, by the index: lanes that ever were cost nothing, only those with tasks do.
const FILLED: &str = "WITH RECURSIVE filled (lane) AS (\
      SELECT * FROM (SELECT lane FROM ready ORDER BY lane LIMIT 1) AS first UNION ALL \
      SELECT (SELECT next.lane FROM ready AS next WHERE next.lane > filled.lane ORDER BY next.lane LIMIT 1) \
      FROM filled WHERE filled.lane IS NOT NULL)";

/// The lanes in scope that have a ready task, are not paused, and whose limit is not full; `released` limits get room in
/// this transaction.
///
/// # Errors
/// When the database fails.
pub async fn heads(
    connection: &impl ConnectionTrait,
    scope: &Scope,
    (released, now): (&[i64], Timestamp),
) -> Result<Vec<LaneHead>, DbErr> {
    let backend = Backend::of(connection);
    let (mut conditions, mut values) = conditions(backend, scope);
    let mut has_room =
        "lanes.limited_by = 0 OR limits.concurrency IS NULL OR limits.in_use < limits.concurrency".to_owned();
    if !released.is_empty() {
        let (source, more) =
            Rows::new().with("one", Column::Int(released.to_vec())).source(backend, values.len() + 1);
        values.extend(more);
        has_room.push_str(&format!(" OR lanes.limited_by IN (SELECT one FROM {source})"));
    }
    conditions.push_str(&format!(" AND ({has_room})"));
    let now = match backend {
        Backend::Postgres => "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint".to_owned(),
        Backend::Sqlite => {
            values.push(now.micros().into());
            format!("${}", values.len())
        }
    };
    let query = format!(
        "{FILLED} SELECT lanes.id AS lane, lanes.owner AS owner, lanes.limited_by AS limited_by, \
           (SELECT ready.rank FROM ready WHERE ready.lane = filled.lane ORDER BY ready.rank, ready.task LIMIT 1) AS rank, \
           CASE WHEN limits.rate_count IS NULL OR limits.next_token_at <= {now} THEN 0 \
             ELSE limits.next_token_at - {now} END AS opens_in \
         FROM filled JOIN lanes ON lanes.id = filled.lane JOIN queues ON queues.id = lanes.queue \
         LEFT JOIN limits ON limits.id = lanes.limited_by WHERE {conditions}"
    );
    let rows: Vec<HeadRow> = sql::list(connection, &query, values).await?;
    Ok(rows.into_iter().map(LaneHead::from).collect())
}

fn conditions(backend: Backend, scope: &Scope) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let mut list = |column: Column| {
        let (source, more) = Rows::new().with("one", column).source(backend, values.len() + 1);
        values.extend(more);
        format!("(SELECT one FROM {source})")
    };
    let kinds = list(Column::Int(scope.kinds.clone()));
    let capabilities = list(Column::Text(scope.capabilities.clone()));
    let required = match backend {
        Backend::Sqlite => "SELECT value AS word FROM json_each(lanes.requires)",
        Backend::Postgres => {
            "SELECT word FROM json_array_elements_text(lanes.requires::json) AS words (word)"
        }
    };
    let mut text = format!(
        "queues.paused_at IS NULL AND lanes.kind IN {kinds} AND (lanes.requires = '[]' \
         OR NOT EXISTS (SELECT 1 FROM ({required}) AS required WHERE required.word NOT IN {capabilities}))"
    );
    if !scope.queues.is_empty() {
        text.push_str(&format!(" AND queues.name IN {}", list(Column::Text(scope.queues.clone()))));
    }
    if let Some(workspace) = scope.workspace {
        values.push(workspace.uuid().into());
        text.push_str(&format!(" AND queues.workspace = ${}", values.len()));
    }
    (text, values)
}
