//! What workers are told of the runs whose tasks they hold.

use std::time::Duration;

use metier_db::{Backend, Column, Rows, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::domain::state::RunState;

/// What a run wants of those who work on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The run's number.
    pub run: i64,
    /// Its tasks are to be stopped.
    pub cancelling: bool,
    /// How long an attempt may take.
    pub timeout: Duration,
}

#[derive(FromQueryResult)]
struct Row {
    number: i64,
    state: String,
    timeout_ms: i64,
}

impl From<Row> for Order {
    fn from(row: Row) -> Self {
        let timeout = Duration::from_millis(u64::try_from(row.timeout_ms).unwrap_or(0));
        Self { run: row.number, cancelling: row.state == RunState::Cancelling.name(), timeout }
    }
}

/// The orders of these runs.
///
/// # Errors
/// When the database fails.
pub async fn of_runs(connection: &impl ConnectionTrait, runs: Vec<i64>) -> Result<Vec<Order>, DbErr> {
    let (source, values) = Rows::new().with("n", Column::Int(runs)).source(Backend::of(connection), 1);
    let query =
        format!("SELECT number, state, timeout_ms FROM runs WHERE number IN (SELECT n FROM {source})");
    Ok(sql::list::<Row>(connection, &query, values).await?.into_iter().map(Order::from).collect())
}
