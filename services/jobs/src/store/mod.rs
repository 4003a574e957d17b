//! The engine's SQL: hand-written, one statement per batch, the same on both databases.
//!
//! Lock order, for PostgreSQL: sequences, leases, limits in the order of their ids, ready and delayed (skipping what
//! others hold), runs in the order of their numbers, run counts in key order. No transaction takes an earlier lock after a later one.

pub mod bad_items;
pub mod batch;
pub mod cancel;
pub mod delayed;
pub mod enqueue;
pub mod figures;
pub mod history;
pub mod jobs;
pub mod kinds;
pub mod lanes;
pub mod leases;
mod ledger;
pub mod limit_book;
pub mod limits;
pub mod orders;
pub mod output;
pub mod progress;
pub mod queues;
pub mod ready;
pub mod recount;
pub mod replay;
pub mod retention;
pub mod run_book;
pub mod run_counts;
pub mod run_pages;
pub mod runs;
pub mod take;
pub mod tasks;
pub mod uploads;
pub mod waiting;
pub mod workers;
pub mod workflows;

use metier_core::{Clock, Timestamp};
use metier_db::{Backend, sql};
use sea_orm::{ConnectionTrait, DbErr};

/// Rung when tasks of a kind became ready: `ready:<kind id>`.
pub fn ready_signal(kind: i64) -> String {
    format!("ready:{kind}")
}

/// Rung when a task was delayed, so that the promoter looks at its clock again.
pub const DELAYED: &str = "delayed";
/// Rung when a run is being cancelled, so that heartbeats answer at once.
pub const CANCELLING: &str = "cancelling";
/// Rung when runs changed, for watchers.
pub const RUNS_CHANGED: &str = "runs.changed";

/// The moment leases are measured by: the database's clock where replicas share one, else the process's.
///
/// # Errors
/// When the database does not answer.
pub async fn now(connection: &impl ConnectionTrait, clock: &Clock) -> Result<Timestamp, DbErr> {
    if Backend::of(connection) == Backend::Sqlite {
        return Ok(clock.now());
    }
    let query = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
    let micros = sql::scalar::<i64>(connection, query, vec![]).await?;
    Ok(micros.map_or_else(|| clock.now(), Timestamp::from_micros))
}

/// What a subselect adds on PostgreSQL so that two takers never wait for one another.
pub(crate) fn skip_locked(connection: &impl ConnectionTrait) -> &'static str {
    match Backend::of(connection) {
        Backend::Sqlite => "",
        Backend::Postgres => "FOR UPDATE SKIP LOCKED",
    }
}

/// What a select adds on PostgreSQL to hold the rows it read.
pub(crate) fn for_update(connection: &impl ConnectionTrait) -> &'static str {
    match Backend::of(connection) {
        Backend::Sqlite => "",
        Backend::Postgres => "FOR UPDATE",
    }
}
