//! Proof that the counters tell the truth: recounts a run from its tasks.

use metier_db::{Backend, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::Serialize;

/// A run whose counters disagree with its tasks.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct Disagreement {
    /// The run.
    pub number: i64,
    /// Its tasks.
    pub size: i64,
    /// Counted as ready, and found in line.
    pub ready: i64,
    /// See above.
    pub found_ready: i64,
    /// Counted as running, and found under a lease.
    pub running: i64,
    /// See above.
    pub found_running: i64,
    /// Counted as ended, and found with a recorded outcome.
    pub ended: i64,
    /// See above.
    pub found_ended: i64,
}

/// Runs with numbers above `after`, at most `limit`, whose counters disagree with their tasks.
///
/// # Errors
/// When the database fails.
pub async fn disagreements(
    connection: &impl ConnectionTrait,
    (after, limit): (i64, i64),
) -> Result<Vec<Disagreement>, DbErr> {
    let leased = match Backend::of(connection) {
        Backend::Sqlite => "SELECT value->>0 AS task, value->>3 AS run FROM leases, json_each(leases.tasks)",
        Backend::Postgres => {
            "SELECT (t->>0)::bigint AS task, (t->>3)::bigint AS run FROM leases, json_array_elements(leases.tasks::json) AS t"
        }
    };
    let query = format!(
        "WITH window_of_runs AS (SELECT * FROM runs WHERE number > $1 ORDER BY number LIMIT $2), \
         leased AS ({leased}), \
         counted AS (SELECT number, size, ready, running, \
           succeeded + failed + timed_out + cancelled + skipped AS ended, \
           (SELECT count(*) FROM ready AS r WHERE r.task >= first_task AND r.task < first_task + size) + \
           (SELECT count(*) FROM delayed AS d WHERE d.task >= first_task AND d.task < first_task + size) AS found_ready, \
           (SELECT count(*) FROM leased WHERE leased.run = number) + \
           (SELECT count(*) FROM steps AS s WHERE s.run = number AND s.state = 'running') AS found_running, \
           (SELECT count(DISTINCT a.task) FROM attempts AS a WHERE a.task >= first_task AND a.task < first_task + size \
              AND a.final = 1 AND NOT EXISTS (SELECT 1 FROM ready AS r WHERE r.task = a.task) \
              AND NOT EXISTS (SELECT 1 FROM delayed AS d WHERE d.task = a.task) \
              AND NOT EXISTS (SELECT 1 FROM leased WHERE leased.task = a.task) \
              AND NOT EXISTS (SELECT 1 FROM steps AS s WHERE s.task = a.task AND s.state IN ('waiting', 'running')) \
              AND a.attempt = (SELECT max(attempt) FROM attempts AS l WHERE l.task = a.task)) AS found_ended \
           FROM window_of_runs) \
         SELECT * FROM counted WHERE ready <> found_ready OR running <> found_running OR ended <> found_ended \
         ORDER BY number"
    );
    sql::list(connection, &query, vec![after.into(), limit.into()]).await
}

/// What the engine counted about itself.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult, Serialize)]
pub struct Tally {
    /// `late_completions`, `lost_attempts` or `overdue_attempts`.
    pub name: String,
    /// How many since installation.
    pub value: i64,
}

/// The engine's tallies.
///
/// # Errors
/// When the database fails.
pub async fn tallies(connection: &impl ConnectionTrait) -> Result<Vec<Tally>, DbErr> {
    sql::list(connection, "SELECT name, value FROM tallies ORDER BY name", vec![]).await
}
