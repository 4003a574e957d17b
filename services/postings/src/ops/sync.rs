//! One pass over a source, as a durable run performs it. Repeating it changes nothing: what was stored is known.

use std::{sync::Arc, time::Duration};

use metier_bus::NewEvent;
use metier_core::Timestamp;
use metier_db::DbError;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Desk,
    ingest::{self, Intake},
    sources,
};
use crate::{
    domain::{
        dialect::{Line, RawPosting, Rejection},
        expiry::Snapshot,
        posting::SightingKey,
        sync_report::{Alarm, Past, SyncReport},
    },
    error::Error,
    fetch::{Ask, Begun, Lines},
    store::{self, sources::SourceRow, syncs::Progress},
};

const PAGE: usize = 200;
const UNSEEN_CHUNK: i64 = 500;
/// A plugin that always has more is asked again this often at most.
const MAX_STREAMS: u32 = 1_000;

/// What a sync came to; the result of its run.
#[derive(Debug, Serialize)]
pub struct Account {
    /// The source.
    pub source: String,
    /// `succeeded` or `partial`.
    pub state: &'static str,
    /// Entries the source sent; the sum of the next four.
    pub fetched: u64,
    /// Sightings not stored before.
    pub new: u64,
    /// Known sightings that changed.
    pub updated: u64,
    /// Known sightings that did not change.
    pub duplicate: u64,
    /// Entries that were not taken.
    pub rejected: u64,
    /// New sightings that joined a posting known from elsewhere.
    pub merged: u64,
    /// Removals told by the source.
    pub removed: u64,
    /// Whether everything on offer was in it.
    pub complete: bool,
    /// The first rejections, with reasons.
    pub rejections: Vec<Rejection>,
    /// Parts of the source that failed.
    pub warnings: Vec<String>,
    /// What the plugin had to say.
    pub notes: Vec<String>,
    /// What deserves a look although nothing failed.
    pub alarms: Vec<Alarm>,
}

/// Told how many entries were dealt with so far.
pub type Watcher = Arc<dyn Fn(u64) + Send + Sync>;

struct Pass {
    desk: Desk,
    source: SourceRow,
    id: Uuid,
    report: SyncReport,
    announced: Option<u64>,
    watcher: Watcher,
}

/// Syncs a source for a run.
///
/// # Errors
/// `not_found` for an unknown source; otherwise why the source could not be read to the end. What was read before
/// is kept.
pub async fn run(desk: &Desk, name: &str, run: &str, watcher: Watcher) -> Result<Account, Error> {
    let source = sources::find(desk, name).await?;
    let now = desk.clock.now();
    let id = desk.random.uuid(now);
    let (begin, run) = (source.name.clone(), run.to_owned());
    let write = desk.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(store::syncs::begin(tx, id, (&begin, &run), now).await?) })
    });
    write.await?;
    let mut pass =
        Pass { desk: desk.clone(), source, id, report: SyncReport::default(), announced: None, watcher };
    let outcome = pass.perform().await;
    pass.finish(outcome).await
}

impl Pass {
    async fn perform(&mut self) -> Result<bool, Error> {
        self.source = sources::check(&self.desk, &self.source.name).await?;
        if self.source.condition == "unconfigured" {
            let why =
                self.source.condition_message.clone().unwrap_or_else(|| "it does not say what for".into());
            return Err(Error::Unconfigured { source_name: self.source.name.clone(), why });
        }
        match self.source.contract {
            2 => self.stream_all().await,
            _ => self.legacy().await,
        }
    }

    async fn legacy(&mut self) -> Result<bool, Error> {
        let listing = self.desk.fetcher.listing(&self.source.name, &self.source.url).await?;
        self.announced = listing.announced;
        self.report_warning(listing.message.filter(|_| listing.postings.is_empty()));
        let mut entries = listing.postings.into_iter().peekable();
        while entries.peek().is_some() {
            let batch = entries.by_ref().take(self.desk.config.batch).collect();
            self.take(batch, Vec::new(), None).await?;
        }
        Ok(false)
    }

    fn report_warning(&mut self, warning: Option<String>) {
        if let Some(warning) = warning {
            self.report.warn(warning);
        }
    }

    /// Streams until the plugin is through. `true` when one stream alone was complete.
    async fn stream_all(&mut self) -> Result<bool, Error> {
        for stream in 0..MAX_STREAMS {
            let end = self.stream_once().await?;
            if let Some(note) = &end.note {
                self.report.remark(note);
            }
            if let Some(error) = end.error {
                return Err(self.unreachable(error));
            }
            if !end.more {
                return Ok(end.complete && stream == 0);
            }
        }
        Err(self.unreachable(format!("it said {MAX_STREAMS} times that there is more")))
    }

    fn unreachable(&self, why: String) -> Error {
        Error::Unreachable { source_name: self.source.name.clone(), why }
    }

    async fn stream_once(&mut self) -> Result<crate::domain::dialect::End, Error> {
        let checkpoint = match store::sources::find(self.desk.database.reader(), &self.source.name).await? {
            Some(SourceRow { checkpoint: Some(text), .. }) => {
                serde_json::from_str(&text).unwrap_or(Value::Null)
            }
            _ => Value::Null,
        };
        let mut lines = match self.begin(checkpoint).await? {
            Begun::Lines(lines) => lines,
            Begun::CheckpointRefused => match self.begin(Value::Null).await? {
                Begun::Lines(lines) => lines,
                Begun::CheckpointRefused => return Err(self.unreachable("it refuses to begin anew".into())),
            },
        };
        self.read(&mut lines).await
    }

    async fn begin(&self, checkpoint: Value) -> Result<Begun, Error> {
        let deadline = Duration::from_secs(self.desk.config.sync_timeout_seconds);
        let ask = Ask { checkpoint, page_size: PAGE, deadline };
        self.desk.fetcher.stream(&self.source.name, &self.source.url, ask).await
    }

    async fn read(&mut self, lines: &mut Lines) -> Result<crate::domain::dialect::End, Error> {
        let (mut batch, mut removed) = (Vec::new(), Vec::new());
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.take(batch, removed, None).await?;
                    return Err(self.unreachable("the stream stopped without an end".into()));
                }
                Err(why) => {
                    self.take(batch, removed, None).await?;
                    return Err(self.unreachable(why));
                }
            };
            match line {
                Line::Posting(raw) => batch.push(Ok(*raw)),
                Line::Rejected(rejection) => batch.push(Err(rejection)),
                Line::Removed { original_id, removed_at } => removed.push((original_id, removed_at)),
                Line::Warning(warning) => self.report.warn(warning),
                Line::Unknown => {}
                Line::Checkpoint(checkpoint) => {
                    let (batch, removed) = (std::mem::take(&mut batch), std::mem::take(&mut removed));
                    self.take(batch, removed, Some(checkpoint)).await?;
                }
                Line::End(end) => {
                    self.take(batch, removed, None).await?;
                    self.announced = end.fetched.map(|fetched| self.announced.unwrap_or(0) + fetched);
                    return Ok(end);
                }
            }
            if batch.len() + removed.len() >= self.desk.config.batch.max(PAGE) * 2 {
                self.take(std::mem::take(&mut batch), std::mem::take(&mut removed), None).await?;
            }
        }
    }

    /// Stores a batch, with the checkpoint that covers it, in one transaction.
    async fn take(
        &mut self,
        batch: Vec<Result<RawPosting, Rejection>>,
        removed: Vec<(String, Option<Timestamp>)>,
        checkpoint: Option<Value>,
    ) -> Result<(), Error> {
        if batch.is_empty() && removed.is_empty() && checkpoint.is_none() {
            return Ok(());
        }
        let (desk, source, id) = (self.desk.clone(), self.source.clone(), self.id);
        let mut report = self.report.clone();
        let write = self.desk.database.write(move |tx| {
            Box::pin(async move {
                if !store::sources::hold(tx, &source.name).await? {
                    return Err(Error::NoSource(source.name));
                }
                let now = desk.clock.now();
                let intake = Intake { source: &source.name, sync: id, now, random: &desk.random };
                ingest::take(tx, intake, batch, &mut report).await?;
                ingest::remove(tx, intake, removed, &mut report).await?;
                if let Some(checkpoint) = checkpoint {
                    let kept = (!checkpoint.is_null()).then(|| checkpoint.to_string());
                    store::sources::set_checkpoint(tx, &source.name, kept).await?;
                }
                let running = Progress {
                    state: "running",
                    complete: false,
                    report: &report,
                    error: None,
                    ended_at: None,
                };
                store::syncs::note(tx, id, running).await?;
                Ok(report)
            })
        });
        self.report = write.await?;
        (self.watcher)(self.report.fetched());
        Ok(())
    }

    async fn finish(self, outcome: Result<bool, Error>) -> Result<Account, Error> {
        let complete = matches!(outcome, Ok(true)) && self.report.warnings().is_empty();
        if complete {
            self.mark_unseen().await?;
        }
        let past = Past {
            ever_fetched: self.source.ever_fetched == 1,
            quiet_syncs: u32::try_from(self.source.quiet_syncs).unwrap_or(u32::MAX),
            last_fetched: u64::try_from(self.source.last_fetched).unwrap_or(0),
            whole_list: complete || self.source.contract == 1,
        };
        let alarms = self.report.alarms(&past, self.announced.filter(|_| outcome.is_ok()));
        let state = match &outcome {
            Err(_) if self.report.fetched() == 0 => "failed",
            Err(_) => "partial",
            Ok(_) if self.report.warnings().is_empty() && alarms.is_empty() => "succeeded",
            Ok(_) => "partial",
        };
        self.close(state, complete, outcome.as_ref().err().map(ToString::to_string), &alarms).await?;
        outcome?;
        Ok(self.account(state, complete, alarms))
    }

    fn account(self, state: &'static str, complete: bool, alarms: Vec<Alarm>) -> Account {
        let report = self.report;
        Account {
            source: self.source.name,
            state,
            fetched: report.fetched(),
            new: report.new_sightings(),
            updated: report.updated(),
            duplicate: report.duplicate(),
            rejected: report.rejected(),
            merged: report.merged(),
            removed: report.removed(),
            complete,
            rejections: report.rejections().to_vec(),
            warnings: report.warnings().to_vec(),
            notes: report.notes().to_vec(),
            alarms,
        }
    }

    async fn close(
        &self,
        state: &'static str,
        complete: bool,
        error: Option<String>,
        alarms: &[Alarm],
    ) -> Result<(), Error> {
        let (desk, name, id, report) =
            (self.desk.clone(), self.source.name.clone(), self.id, self.report.clone());
        let alarms: Vec<String> = alarms.iter().map(ToString::to_string).collect();
        let write = self.desk.database.write(move |tx| {
            Box::pin(async move {
                let now = desk.clock.now();
                let told = json!({ "source": name, "state": state, "fetched": report.fetched(),
                    "new": report.new_sightings(), "updated": report.updated(), "duplicate": report.duplicate(),
                    "rejected": report.rejected(), "alarms": alarms, "error": error });
                let fetched = i64::try_from(report.fetched()).unwrap_or(i64::MAX);
                let ended = Progress { state, complete, report: &report, error, ended_at: Some(now) };
                store::syncs::note(tx, id, ended).await?;
                if state != "failed" {
                    store::sources::note_sync(tx, &name, fetched).await?;
                }
                desk.outbox.publish(tx, &desk.ctx(), NewEvent::new("source", "source.synced", &name, told)).await?;
                Ok::<_, DbError>(())
            })
        });
        Ok(write.await?)
    }

    /// After a complete snapshot: what it did not show is missing, or has ended.
    async fn mark_unseen(&self) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let (source, id, now, from) =
                (self.source.name.clone(), self.id, self.desk.clock.now(), after.clone());
            let write = self.desk.database.write(move |tx| {
                Box::pin(async move {
                    let unseen = store::sightings::unseen(tx, &source, id, (&from, UNSEEN_CHUNK)).await?;
                    let last = unseen.last().map(|known| known.key.original_id.clone());
                    let changed: Vec<(SightingKey, _)> = unseen
                        .iter()
                        .map(|known| (known.key.clone(), known.standing.unseen(Snapshot::Complete, now)))
                        .collect();
                    store::sightings::set_standing(tx, &changed).await?;
                    ingest::recompose(tx, unseen.into_iter().map(|known| known.posting).collect(), now)
                        .await?;
                    Ok::<_, DbError>(last)
                })
            });
            match write.await? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }
}
