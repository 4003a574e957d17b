//! What is in the way of a run that waits: read when somebody asks, never on the hot path.

use metier_core::Timestamp;
use metier_db::{Backend, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::runs::RunRow;

/// Runs that are looked at for the present rate.
const RATE_OF: i64 = 100;
/// Holders of a limit that are looked at.
const HOLDERS: i64 = 1_000;

/// Ready tasks of the run's lane that go before its own first one, counted up to `limit`.
///
/// # Errors
/// When the database fails.
pub async fn ahead(connection: &impl ConnectionTrait, run: &RunRow, limit: i64) -> Result<i64, DbErr> {
    let query = "SELECT count(*) FROM (SELECT 1 FROM ready AS other, \
        (SELECT rank, task FROM ready WHERE task >= $1 AND task < $2 ORDER BY task LIMIT 1) AS own \
        WHERE other.lane = $3 AND (other.rank < own.rank OR (other.rank = own.rank AND other.task < own.task)) \
        LIMIT $4) AS counted";
    let tasks = (run.first_task, run.first_task + run.size);
    let values = vec![tasks.0.into(), tasks.1.into(), run.lane.into(), limit.into()];
    Ok(sql::scalar(connection, query, values).await?.unwrap_or(0))
}

/// How many other owners have ready tasks in the run's queue and of its kind.
///
/// # Errors
/// When the database fails.
pub async fn other_owners(connection: &impl ConnectionTrait, run: &RunRow) -> Result<i64, DbErr> {
    let query = "SELECT count(DISTINCT lanes.owner) FROM lanes AS own \
        JOIN lanes ON lanes.queue = own.queue AND lanes.kind = own.kind AND lanes.owner <> own.owner \
        WHERE own.id = $1 AND EXISTS (SELECT 1 FROM ready WHERE ready.lane = lanes.id)";
    Ok(sql::scalar(connection, query, vec![run.lane.into()]).await?.unwrap_or(0))
}

#[derive(FromQueryResult)]
struct Progress {
    ended: i64,
    started_at: Option<i64>,
}

/// How many tasks of the run's queue and kind end in a second, going by the runs that are running.
///
/// # Errors
/// When the database fails.
pub async fn per_second(
    connection: &impl ConnectionTrait,
    run: &RunRow,
    now: Timestamp,
) -> Result<f64, DbErr> {
    let query = "SELECT runs.succeeded + runs.failed + runs.timed_out + runs.cancelled + runs.skipped AS ended, \
          runs.started_at FROM runs AS own JOIN lanes AS line ON line.id = own.lane \
        JOIN lanes ON lanes.queue = line.queue AND lanes.kind = line.kind \
        JOIN runs ON runs.workspace = own.workspace AND runs.state = 'running' AND runs.lane = lanes.id \
        WHERE own.number = $1 LIMIT $2";
    let runs: Vec<Progress> = sql::list(connection, query, vec![run.number.into(), RATE_OF.into()]).await?;
    let rate = |progress: &Progress| {
        let took = now.since(Timestamp::from_micros(progress.started_at?)).as_secs_f64();
        let ended = f64::from(i32::try_from(progress.ended).unwrap_or(i32::MAX));
        (took > 0.0).then(|| ended / took)
    };
    Ok(runs.iter().filter_map(rate).sum())
}

/// A run that has tasks under a lease and a limit.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Holder {
    /// Its number.
    pub run: i64,
    /// Whose it is.
    pub owner: Option<Uuid>,
    /// Since when the oldest of those tasks is leased, microseconds.
    pub since: i64,
}

/// The runs that have tasks under a lease and this limit, the oldest claim first.
///
/// # Errors
/// When the database fails.
pub async fn holders(connection: &impl ConnectionTrait, limit: i64) -> Result<Vec<Holder>, DbErr> {
    let held = match Backend::of(connection) {
        Backend::Sqlite => {
            "SELECT value->>3 AS run, claimed_at FROM leases, json_each(leases.tasks) WHERE value->>6 = $1"
        }
        Backend::Postgres => {
            "SELECT (t->>3)::bigint AS run, claimed_at FROM leases, json_array_elements(leases.tasks::json) AS t \
             WHERE (t->>6)::bigint = $1"
        }
    };
    let query = format!(
        "SELECT held.run AS run, runs.owner AS owner, min(held.claimed_at) AS since FROM ({held}) AS held \
         JOIN runs ON runs.number = held.run GROUP BY held.run, runs.owner ORDER BY since, run LIMIT $2"
    );
    sql::list(connection, &query, vec![limit.into(), HOLDERS.into()]).await
}
