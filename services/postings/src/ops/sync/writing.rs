//! Batches on their way to the database: one is written while the next is read and prepared.
//!
//! While the database is busy, pages gather into one batch, so a slow disk is asked less often for more. A checkpoint is
//! kept in one transaction with all that came before it; what came after it and is kept too is known when it is
//! read again.

use metier_core::Timestamp;
use metier_db::DbError;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::Pass;
use crate::{
    domain::{
        dialect::{RawPosting, Rejection},
        sync_report::SyncReport,
    },
    error::Error,
    ops::ingest::{self, Intake, Prepared},
    store::{self, syncs::Progress},
};

/// A batch gathers to at most so many times its usual size, checkpoint or not.
const MOST_TIMES: usize = 5;
/// So much text of entries is held at most, but for one entry.
const MOST_BYTES: usize = 16 << 20;

/// What was read and not yet given to the database.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub entries: Vec<Result<RawPosting, Rejection>>,
    pub removed: Vec<(String, Option<Timestamp>)>,
    pub checkpoint: Option<Value>,
    bytes: usize,
}

impl Batch {
    pub fn of(entries: Vec<Result<RawPosting, Rejection>>) -> Self {
        Self { entries, ..Self::default() }
    }

    pub fn add(&mut self, raw: RawPosting) {
        self.bytes += raw.payload.len();
        self.entries.push(Ok(raw));
    }

    /// Whether it takes this down. Shown again after that, it belongs to the next batch.
    pub fn removes(&self, original_id: &str) -> bool {
        self.removed.iter().any(|(id, _)| id == original_id)
    }

    fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.removed.is_empty() && self.checkpoint.is_none()
    }

    fn is_full(&self, usual: usize) -> bool {
        self.entries.len() + self.removed.len() >= usual.max(1) * MOST_TIMES || self.bytes >= MOST_BYTES
    }
}

/// A batch under way; it comes back with its account.
pub(super) type Writing = JoinHandle<Result<SyncReport, Error>>;

impl Pass {
    /// Whether a batch should go: it is full, or ends with a page and nothing is under way.
    pub(super) fn is_due(&self, batch: &Batch) -> bool {
        let idle = self.writing.as_ref().is_none_or(Writing::is_finished);
        batch.is_full(self.desk.config.batch) || (idle && batch.checkpoint.is_some())
    }

    /// Prepares a batch, waits for the one before, and sends it on its way.
    pub(super) async fn write(&mut self, mut batch: Batch) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let prepared = self.prepare(std::mem::take(&mut batch.entries)).await?;
        self.settle().await?;
        let (desk, source, id) = (self.desk.clone(), self.source.name.clone(), self.id);
        let mut total = self.report.clone();
        self.writing = Some(tokio::spawn(async move {
            let at = desk.clone();
            let write = desk.database.write(move |tx| {
                Box::pin(async move {
                    if !store::sources::hold(tx, &source).await? {
                        return Err(Error::NoSource(source));
                    }
                    let intake =
                        Intake { source: &source, sync: id, now: at.clock.now(), random: &at.random };
                    let mut report = SyncReport::default();
                    ingest::store(tx, intake, prepared, &mut report).await?;
                    ingest::remove(tx, intake, batch.removed, &mut report).await?;
                    if let Some(checkpoint) = batch.checkpoint {
                        let kept = (!checkpoint.is_null()).then(|| checkpoint.to_string());
                        store::sources::set_checkpoint(tx, &source, kept).await?;
                    }
                    total.add(report.clone());
                    store::syncs::note(tx, id, Progress::running(&total)).await?;
                    Ok(report)
                })
            });
            write.await
        }));
        Ok(())
    }

    async fn prepare(&self, entries: Vec<Result<RawPosting, Rejection>>) -> Result<Prepared, Error> {
        let (source, now) = (self.source.name.clone(), self.desk.clock.now());
        let ids = entries.iter().flatten().map(|raw| raw.original_id.clone()).collect();
        let known = store::sightings::known(self.desk.database.reader(), &source, ids).await?;
        let stored = known.into_iter().map(|known| (known.key.original_id, known.content_hash)).collect();
        let prepared =
            tokio::task::spawn_blocking(move || ingest::prepare((&source, now), entries, &stored)).await;
        prepared.map_err(|_| DbError::Panicked.into())
    }

    /// Waits until nothing is under way.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        let Some(writing) = self.writing.take() else { return Ok(()) };
        let report = writing.await.map_err(|_| DbError::Panicked)??;
        self.report.add(report);
        (self.watcher)(self.report.fetched());
        Ok(())
    }
}
