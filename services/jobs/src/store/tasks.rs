//! Reading a run's tasks: where each stands, its attempts, result and progress.

use metier_db::sql;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

/// A task as read: what the tables say of it.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migration")]
pub struct TaskRow {
    pub task: i64,
    pub parameters: String,
    /// In `ready`: its next attempt.
    pub ready_attempt: Option<i64>,
    /// In `delayed`: its next attempt.
    pub delayed_attempt: Option<i64>,
    pub run_at: Option<i64>,
    /// Its latest ended attempt.
    pub attempt: Option<i64>,
    pub attempt_state: Option<String>,
    pub attempt_final: Option<i64>,
    pub worker: Option<String>,
    pub claimed_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub thousandths: Option<i64>,
    pub progress_message: Option<String>,
    pub progress_attempt: Option<i64>,
}

const SELECT: &str = "SELECT tasks.id AS task, tasks.parameters, ready.attempt AS ready_attempt, \
    delayed.attempt AS delayed_attempt, delayed.run_at, last.attempt, last.state AS attempt_state, \
    last.final AS attempt_final, last.worker, last.claimed_at, last.ended_at, last.error_code, last.error_message, \
    progress.thousandths, progress.message AS progress_message, progress.attempt AS progress_attempt \
    FROM tasks LEFT JOIN ready ON ready.task = tasks.id LEFT JOIN delayed ON delayed.task = tasks.id \
    LEFT JOIN attempts AS last ON last.task = tasks.id AND last.attempt = \
      (SELECT max(attempt) FROM attempts WHERE attempts.task = tasks.id) \
    LEFT JOIN progress ON progress.task = tasks.id";

/// The tasks with ids in `from..to`, in order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<TaskRow>, DbErr> {
    let query = format!("{SELECT} WHERE tasks.id >= $1 AND tasks.id < $2 ORDER BY tasks.id LIMIT $3");
    sql::list(connection, &query, vec![from.into(), to.into(), limit.into()]).await
}

/// The tasks whose recorded outcome is one of a state's, with ids in `from..to`.
///
/// # Errors
/// When the database fails.
pub async fn list_ended(
    connection: &impl ConnectionTrait,
    state: &str,
    (from, to): (i64, i64),
    limit: i64,
) -> Result<Vec<TaskRow>, DbErr> {
    let query = format!(
        "{SELECT} WHERE tasks.id >= $1 AND tasks.id < $2 AND last.final = 1 AND last.state = $3 \
         AND ready.task IS NULL AND delayed.task IS NULL ORDER BY tasks.id LIMIT $4"
    );
    sql::list(connection, &query, vec![from.into(), to.into(), state.into(), limit.into()]).await
}

/// An attempt as read.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migration")]
pub struct AttemptRow {
    pub task: i64,
    pub attempt: i64,
    pub epoch: i64,
    pub state: String,
    pub is_final: i64,
    pub worker: Option<String>,
    pub claimed_at: Option<i64>,
    pub ended_at: i64,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
}

/// The ended attempts of the tasks with ids in `from..to`, task by task, first to last.
///
/// # Errors
/// When the database fails.
pub async fn attempts(
    connection: &impl ConnectionTrait,
    (from, to): (i64, i64),
) -> Result<Vec<AttemptRow>, DbErr> {
    let query = "SELECT task, attempt, epoch, state, final AS is_final, worker, claimed_at, ended_at, error_code, \
                 error_message FROM attempts WHERE task >= $1 AND task < $2 ORDER BY task, attempt";
    sql::list(connection, query, vec![from.into(), to.into()]).await
}

/// A result as stored: inline or in the blob store.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
#[expect(missing_docs, reason = "columns documented in the migration")]
pub struct ResultRow {
    pub task: i64,
    pub value: Option<String>,
    pub blob: Option<String>,
}

/// What the tasks with ids in `from..to` that succeeded gave in the latest attempt. One that gave nothing has no row of its
/// own: its result is `null`.
///
/// # Errors
/// When the database fails.
pub async fn results(
    connection: &impl ConnectionTrait,
    (from, to): (i64, i64),
) -> Result<Vec<ResultRow>, DbErr> {
    let query = "SELECT attempts.task, CASE WHEN results.task IS NULL THEN 'null' ELSE results.value END AS value, \
                   results.blob FROM attempts LEFT JOIN results ON results.task = attempts.task AND results.attempt = attempts.attempt \
                 WHERE attempts.task >= $1 AND attempts.task < $2 AND attempts.state = 'succeeded' AND attempts.attempt = \
                 (SELECT max(attempt) FROM attempts AS later WHERE later.task = attempts.task) ORDER BY attempts.task";
    sql::list(connection, query, vec![from.into(), to.into()]).await
}
