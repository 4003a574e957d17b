//! Workflows: defining them, starting their runs, deciding what comes next, and what people do to a run.

pub mod apply;
pub mod approvals;
pub mod collect;
pub mod define;
pub mod load;
pub mod plan;
pub mod resume;
pub mod start;
pub mod steer;
pub mod view;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use metier_core::{Fault, Timestamp};
use sea_orm::ConnectionTrait;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::engine::Engine;
use crate::{
    domain::workflow::{Document, Finding, read},
    error::Error,
    store::workflows::{documents, read as stored},
};

/// Documents kept in memory.
const KEPT: usize = 256;
/// Runs decided upon at the same time.
const AT_ONCE: usize = 16;
/// Runs looked for at once.
const BATCH: i64 = 256;
/// How long after a failure it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Documents that were read. They never change.
#[derive(Clone, Debug, Default)]
pub struct Documents(Arc<Mutex<HashMap<Uuid, Arc<Document>>>>);

impl Documents {
    /// The document of a job's version.
    ///
    /// # Errors
    /// When there is none, or it was written by a program that knew more.
    pub async fn get(&self, connection: &impl ConnectionTrait, job: Uuid) -> Result<Arc<Document>, Error> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&job) {
            return Ok(known.clone());
        }
        let text = documents::find(connection, job).await?;
        let text = text.ok_or_else(|| Fault::internal(format!("the workflow {job} has no document")))?;
        let value = serde_json::from_str(&text).map_err(Fault::internal)?;
        let document = Arc::new(read::read(&value).map_err(|findings| unreadable(job, &findings))?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(job, document.clone());
        Ok(document)
    }
}

fn unreadable(job: Uuid, findings: &[Finding]) -> Fault {
    let first = findings.first().map(|finding| format!("{}: {}", finding.path, finding.message));
    Fault::internal(format!("cannot read the workflow {job}: {}", first.unwrap_or_default()))
}

/// Decides upon every run of which there is something to be decided. Answers when there is next.
///
/// # Errors
/// When the database cannot say which runs those are.
pub async fn decide_due(engine: &Engine) -> Result<Option<Timestamp>, Error> {
    loop {
        let now = engine.tools.clock.now();
        let due = stored::due(engine.database().reader(), now, BATCH).await?;
        if due.is_empty() {
            return Ok(stored::next_due(engine.database().reader()).await?);
        }
        if decide_all(engine, due).await > 0 {
            return Ok(Some(now.plus(AFTER_FAILURE)));
        }
    }
}

/// Decides upon these runs, some at the same time. Answers how many could not be.
async fn decide_all(engine: &Engine, runs: Vec<i64>) -> usize {
    let (mut deciding, mut failures) = (JoinSet::new(), 0);
    for run in runs {
        if deciding.len() >= AT_ONCE {
            failures += usize::from(!matches!(deciding.join_next().await, Some(Ok(true))));
        }
        let engine = engine.clone();
        deciding.spawn(async move { decide_or_tell(&engine, run).await });
    }
    while let Some(done) = deciding.join_next().await {
        failures += usize::from(!matches!(done, Ok(true)));
    }
    failures
}

async fn decide_or_tell(engine: &Engine, run: i64) -> bool {
    match apply::decide(engine, run).await {
        Ok(()) => true,
        Err(error) => {
            let fault = Fault::from(error);
            tracing::error!(run, error = %fault.chain(), "cannot decide what comes next in a workflow; it is tried again");
            false
        }
    }
}
