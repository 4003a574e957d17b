//! How long the lines are: counted from the short tables alone, and each only up to a limit.

use metier_core::Timestamp;
use metier_db::{Backend, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// Tasks in line are counted up to here, in each lane.
pub const COUNT_LIMIT: i64 = 100_000;
/// The oldest task in line is looked for among this many; those of paused queues are stepped over.
const OLDEST_AMONG: i64 = 10_000;

/// Tasks of a queue, over all workspaces that have one of this name.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct QueueFigure {
    /// The queue's name.
    pub queue: String,
    /// How many tasks.
    pub tasks: i64,
}

/// Tasks that may be claimed, for every queue there is, the oldest queue first.
///
/// # Errors
/// When the database fails.
pub async fn ready(connection: &impl ConnectionTrait) -> Result<Vec<QueueFigure>, DbErr> {
    let counted = "SELECT lanes.queue AS queue, \
        (SELECT count(*) FROM (SELECT 1 FROM ready WHERE ready.lane = lanes.id LIMIT $1) AS line) AS tasks FROM lanes";
    let query = format!(
        "SELECT queues.name AS queue, CAST(sum(counted.tasks) AS bigint) AS tasks FROM ({counted}) AS counted \
         JOIN queues ON queues.id = counted.queue GROUP BY queues.name ORDER BY min(queues.id)"
    );
    sql::list(connection, &query, vec![COUNT_LIMIT.into()]).await
}

/// Tasks that will be ready at a moment of their own.
///
/// # Errors
/// When the database fails.
pub async fn delayed(connection: &impl ConnectionTrait) -> Result<Vec<QueueFigure>, DbErr> {
    of_lanes(connection, "SELECT lane FROM delayed LIMIT $1", vec![COUNT_LIMIT.into()]).await
}

/// Tasks under a lease.
///
/// # Errors
/// When the database fails.
pub async fn running(connection: &impl ConnectionTrait) -> Result<Vec<QueueFigure>, DbErr> {
    let leased = match Backend::of(connection) {
        Backend::Sqlite => "SELECT value->>1 AS lane FROM leases, json_each(leases.tasks)",
        Backend::Postgres => {
            "SELECT (t->>1)::bigint AS lane FROM leases, json_array_elements(leases.tasks::json) AS t"
        }
    };
    of_lanes(connection, leased, vec![]).await
}

async fn of_lanes(
    connection: &impl ConnectionTrait,
    lanes: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<QueueFigure>, DbErr> {
    let query = format!(
        "SELECT queues.name AS queue, count(*) AS tasks FROM ({lanes}) AS counted \
         JOIN lanes ON lanes.id = counted.lane JOIN queues ON queues.id = lanes.queue GROUP BY queues.name"
    );
    sql::list(connection, &query, values).await
}

/// Since when the run of the oldest task in line is due; tasks of paused queues do not count.
///
/// # Errors
/// When the database fails.
pub async fn oldest_ready(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT CASE WHEN runs.run_at > runs.created_at THEN runs.run_at ELSE runs.created_at END \
        FROM (SELECT task, lane, run FROM ready ORDER BY task LIMIT $1) AS line \
        JOIN lanes ON lanes.id = line.lane JOIN queues ON queues.id = lanes.queue \
        JOIN runs ON runs.number = line.run \
        WHERE queues.paused_at IS NULL ORDER BY line.task LIMIT 1";
    Ok(sql::scalar::<i64>(connection, query, vec![OLDEST_AMONG.into()]).await?.map(Timestamp::from_micros))
}
