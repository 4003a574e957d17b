//! `/sync`: durable runs started, and what became of syncs.

use axum::extract::State;
use metier_contract_postings::SOURCES_SYNC;
use metier_core::{Fault, Timestamp};
use metier_http::Caller;
use serde::Serialize;
use serde_json::{Value, json};

use super::envelope::{Answer, data, told};
use crate::{
    http::Doors,
    ops::{figures, sources},
    store::syncs::SyncRow,
    workers,
};

const SHOWN: i64 = 20;

/// Starts a sync of every source and answers at once; the runs go on, whatever becomes of the connection.
pub async fn start(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Vec<Value>> {
    ctx.require(SOURCES_SYNC)?;
    let mut runs = Vec::new();
    for source in sources::list(&doors.desk, &ctx).await.map_err(Fault::from)? {
        let run = workers::submit_sync(&doors.kit, &ctx, &source.name, None).await?;
        runs.push(json!({ "source": source.name, "run": run.id, "number": run.number, "state": run.state }));
    }
    let message = match runs.len() {
        0 => "No source is registered; nothing was started".to_owned(),
        1 => "1 sync started; /sync/logs tells what becomes of it".to_owned(),
        many => format!("{many} syncs started; /sync/logs tells what becomes of them"),
    };
    Ok(told(runs, message))
}

/// OpenJobs' `SyncLog`. The status is `running`, `success`, `partial` or `error`.
#[derive(Serialize)]
pub struct SyncLog {
    id: String,
    connector_name: String,
    started_at: String,
    completed_at: Option<String>,
    jobs_fetched: i64,
    jobs_inserted: i64,
    jobs_updated: i64,
    jobs_duplicates: i64,
    jobs_rejected: i64,
    status: &'static str,
    error_message: Option<String>,
    created_at: String,
    run: String,
}

/// A sync's state in OpenJobs' words.
pub fn status(state: &str) -> &'static str {
    match state {
        "succeeded" => "success",
        "partial" => "partial",
        "running" => "running",
        _ => "error",
    }
}

impl From<SyncRow> for SyncLog {
    fn from(row: SyncRow) -> Self {
        let started = Timestamp::from_micros(row.started_at).to_string();
        Self {
            id: row.id.to_string(),
            connector_name: row.source,
            completed_at: row.ended_at.map(|at| Timestamp::from_micros(at).to_string()),
            jobs_fetched: row.fetched,
            jobs_inserted: row.new,
            jobs_updated: row.updated,
            jobs_duplicates: row.duplicate,
            jobs_rejected: row.rejected,
            status: status(&row.state),
            error_message: row.error,
            created_at: started.clone(),
            started_at: started,
            run: row.run,
        }
    }
}

/// The last syncs of all sources, the newest first.
pub async fn logs(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Vec<SyncLog>> {
    let rows = figures::syncs(&doors.desk, &ctx, SHOWN).await.map_err(Fault::from)?;
    Ok(data(rows.into_iter().map(SyncLog::from).collect()))
}
