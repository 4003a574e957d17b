//! Keys and what they allow.

use metier_core::{Timestamp, WorkspaceId};
use metier_db::{Backend, Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{queues::COUNT_LIMIT, ready_signal};
use crate::domain::limit::{Limit, Rate};

/// A key as it stands.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct LimitRow {
    /// Row id.
    pub id: i64,
    /// The key.
    pub key: String,
    /// Tasks at a time.
    pub concurrency: Option<i64>,
    /// Attempts begun ...
    pub rate_count: Option<i64>,
    /// ... in so many seconds ...
    pub rate_seconds: Option<i64>,
    /// ... and so many at once.
    pub rate_burst: Option<i64>,
    /// Tasks under a lease.
    pub in_use: i64,
    /// The moment of the next token, microseconds.
    pub next_token_at: i64,
    /// Ready tasks that carry it, counted up to [`COUNT_LIMIT`].
    pub ready: i64,
}

impl LimitRow {
    /// What it allows.
    pub fn limit(&self) -> Limit {
        let rate = |count, (per_seconds, burst)| Rate { count, per_seconds, burst };
        let rest = self.rate_seconds.zip(self.rate_burst);
        Limit {
            concurrency: self.concurrency,
            rate: self.rate_count.zip(rest).map(|(count, rest)| rate(count, rest)),
        }
    }
}

const SELECT: &str = "SELECT id, key, concurrency, rate_count, rate_seconds, rate_burst, in_use, next_token_at, \
    (SELECT count(*) FROM (SELECT 1 FROM lanes JOIN ready ON ready.lane = lanes.id \
       WHERE lanes.limited_by = limits.id LIMIT $2) AS counted) AS ready \
    FROM limits WHERE workspace = $1";

/// The keys of a workspace after `after` that have a limit, in order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (&str, i64),
) -> Result<Vec<LimitRow>, DbErr> {
    let query = format!(
        "{SELECT} AND key > $3 AND (concurrency IS NOT NULL OR rate_count IS NOT NULL) ORDER BY key LIMIT $4"
    );
    let values = vec![workspace.uuid().into(), COUNT_LIMIT.into(), after.into(), limit.into()];
    sql::list(connection, &query, values).await
}

/// One key, whether or not it has a limit now.
///
/// # Errors
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    key: &str,
) -> Result<Option<LimitRow>, DbErr> {
    let values = vec![workspace.uuid().into(), COUNT_LIMIT.into(), key.into()];
    sql::find(connection, &format!("{SELECT} AND key = $3"), values).await
}

/// Gives a key its first limit. Somebody else's stays when they were first.
///
/// # Errors
/// When the database fails.
pub async fn define(
    tx: &Tx,
    (workspace, key): (WorkspaceId, &str),
    limit: Limit,
    now: Timestamp,
) -> Result<(), DbErr> {
    let statement = "INSERT INTO limits (workspace, key, concurrency, rate_count, rate_seconds, rate_burst, in_use, \
        next_token_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $7) \
        ON CONFLICT (workspace, key) DO NOTHING";
    let rate = limit.rate;
    let values = vec![
        workspace.uuid().into(),
        key.into(),
        limit.concurrency.into(),
        rate.map(|rate| rate.count).into(),
        rate.map(|rate| rate.per_seconds).into(),
        rate.map(|rate| rate.burst).into(),
        now.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Says what a key allows from now on, and wakes who may have waited for it. A token that the old rate had put further
/// away comes no later than the new one says.
///
/// # Errors
/// When the database fails.
pub async fn set(
    tx: &Tx,
    (workspace, key): (WorkspaceId, &str),
    limit: Limit,
    now: Timestamp,
) -> Result<(), DbErr> {
    define(tx, (workspace, key), limit, now).await?;
    let statement = "UPDATE limits SET concurrency = $3, rate_count = $4, rate_seconds = $5, rate_burst = $6, \
        next_token_at = CASE WHEN next_token_at > $7 THEN $7 ELSE next_token_at END, updated_at = $8 \
        WHERE workspace = $1 AND key = $2";
    let rate = limit.rate;
    let soonest = now.micros() + rate.map_or(0, |rate| rate.interval());
    let values = vec![
        workspace.uuid().into(),
        key.into(),
        limit.concurrency.into(),
        rate.map(|rate| rate.count).into(),
        rate.map(|rate| rate.per_seconds).into(),
        rate.map(|rate| rate.burst).into(),
        soonest.into(),
        now.micros().into(),
    ];
    sql::execute(tx, statement, values).await?;
    let row = find(tx, workspace, key).await?;
    wake(tx, row.map(|row| row.id).into_iter().collect()).await
}

#[derive(FromQueryResult)]
struct KindRow {
    kind: i64,
}

/// Wakes the workers of every kind that has tasks under one of these limits.
///
/// # Errors
/// When the database fails.
pub async fn wake(tx: &Tx, limits: Vec<i64>) -> Result<(), DbErr> {
    let (source, values) = Rows::new().with("l", Column::Int(limits)).source(tx.backend(), 1);
    let query = format!(
        "SELECT DISTINCT kind FROM lanes WHERE limited_by <> 0 AND limited_by IN (SELECT l FROM {source})"
    );
    for KindRow { kind } in sql::list(tx, &query, values).await? {
        tx.signal(&ready_signal(kind));
    }
    Ok(())
}

/// A limit whose count of tasks under a lease disagrees with the leases.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, serde::Serialize)]
pub struct LimitDisagreement {
    /// The key.
    pub key: String,
    /// Counted as under a lease.
    pub in_use: i64,
    /// Found under a lease.
    pub found_in_use: i64,
}

/// Limits, at most `most`, whose counts disagree with the leases.
///
/// # Errors
/// When the database fails.
pub async fn disagreements(
    connection: &impl ConnectionTrait,
    most: i64,
) -> Result<Vec<LimitDisagreement>, DbErr> {
    let held = match Backend::of(connection) {
        Backend::Sqlite => "SELECT value->>6 AS held FROM leases, json_each(leases.tasks)",
        Backend::Postgres => {
            "SELECT (t->>6)::bigint AS held FROM leases, json_array_elements(leases.tasks::json) AS t"
        }
    };
    let query = format!(
        "WITH held AS (SELECT held, count(*) AS found FROM ({held}) AS tasks WHERE held IS NOT NULL GROUP BY held) \
         SELECT key, in_use, coalesce(found, 0) AS found_in_use FROM limits LEFT JOIN held ON held.held = limits.id \
         WHERE in_use <> coalesce(found, 0) ORDER BY key LIMIT $1"
    );
    sql::list(connection, &query, vec![most.into()]).await
}
