//! The kind `source.sync`: one pass over a source.

use std::{sync::Arc, time::Duration};

use metier_contract_jobs::{
    JobsServiceClient,
    protocol::{Run, SubmitRunRequest},
};
use metier_core::{Ctx, Fault};
use metier_harness::Kit;
use metier_worker::{Done, Handler, KindSpec, Permanent, Retryable, TaskContext, TaskError};
use serde::Deserialize;
use serde_json::json;

use crate::{
    error::Error,
    ops::{Desk, sync},
};

/// The name of the kind.
pub const NAME: &str = "source.sync";

/// The kind.
pub fn kind() -> KindSpec {
    KindSpec::new(NAME, 1, "Reads a source once: stores what is new or changed, and accounts for every entry")
        .parameters(json!({
            "type": "object",
            "properties": { "source": { "type": "string", "description": "Name of a registered source" } },
            "required": ["source"],
            "additionalProperties": false,
        }))
        .timeout(Duration::from_secs(2 * 60 * 60))
        .max_attempts(3)
}

/// One item.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    source: String,
}

/// Submits a run that syncs a source; one key submits one run.
///
/// # Errors
/// What the engine answers.
pub async fn submit(kit: &Kit, ctx: &Ctx, source: &str, key: Option<String>) -> Result<Run, Fault> {
    let request = SubmitRunRequest {
        kind: NAME.to_owned(),
        items: vec![json!({ "source": source }).to_string()],
        idempotency_key: key.unwrap_or_default(),
        ..SubmitRunRequest::default()
    };
    let mut jobs = JobsServiceClient::new(kit.link_for("jobs", ctx.clone())?);
    let reply = jobs.submit_run(metier_rpc::request(ctx, request)).await.map_err(metier_rpc::fault)?;
    Ok(reply.into_inner())
}

/// The handler.
pub struct SourceSync(Desk);

impl SourceSync {
    /// A handler at this desk.
    pub fn new(desk: Desk) -> Self {
        Self(desk)
    }
}

impl Handler for SourceSync {
    type Parameters = Parameters;

    async fn run(&self, task: TaskContext, Parameters { source }: Parameters) -> Result<Done, TaskError> {
        let run = task.run().to_string();
        let watched = task.clone();
        let watcher =
            Arc::new(move |fetched: u64| watched.progress(500, format!("{fetched} entries so far")));
        match sync::run(&self.0, &source, &run, watcher).await {
            Ok(account) => Done::with(account),
            Err(error) => Err(failure(error)),
        }
    }
}

fn failure(error: Error) -> TaskError {
    match error {
        Error::Unconfigured { .. } => Permanent::new("source_unconfigured", error.to_string()).into(),
        Error::NoSource(_) => Permanent::new("no_source", error.to_string()).into(),
        Error::Refused { .. } => Permanent::new("source_refused", error.to_string()).into(),
        Error::Unreachable { .. } => Retryable::new("source_unreachable", error.to_string()).into(),
        error => {
            let fault = Fault::from(error);
            tracing::error!(error = %fault.chain(), "a sync failed");
            Retryable::new(fault.code.into_owned(), fault.message).into()
        }
    }
}
