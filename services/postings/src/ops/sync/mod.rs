//! One pass over a source, as a durable run performs it. Repeating it changes nothing: what was stored is known.

mod reading;
mod writing;

use std::sync::Arc;

use metier_bus::NewEvent;
use metier_contract_postings::event::{SOURCE_SYNCED, TOPIC_SOURCE};
use metier_db::DbError;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Desk, ingest, sources};
use crate::{
    domain::{
        dialect::Rejection,
        expiry::Snapshot,
        posting::SightingKey,
        sync_report::{Alarm, Past, SyncReport},
    },
    error::Error,
    store::{self, sources::SourceRow, syncs::Progress},
};

const UNSEEN_CHUNK: i64 = 500;

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
    /// Entries that came past their own deadline; they are stored and never found.
    pub past_deadline: u64,
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
    writing: Option<writing::Writing>,
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
    let mut pass = Pass {
        desk: desk.clone(),
        source,
        id,
        report: SyncReport::default(),
        announced: None,
        watcher,
        writing: None,
    };
    let read = pass.perform().await;
    let settled = pass.settle().await;
    pass.finish(read.and_then(|complete| settled.map(|()| complete))).await
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

    async fn finish(mut self, outcome: Result<bool, Error>) -> Result<Account, Error> {
        if self.report.overdue() > 0 {
            self.report.remark(format!("{} already past their deadline", self.report.overdue()));
        }
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
            past_deadline: report.overdue(),
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
                    "rejected": report.rejected(), "past_deadline": report.overdue(), "alarms": alarms, "error": error });
                let fetched = i64::try_from(report.fetched()).unwrap_or(i64::MAX);
                let ended = Progress { state, complete, report: &report, error, ended_at: Some(now) };
                store::syncs::note(tx, id, ended).await?;
                if state != "failed" {
                    store::sources::note_sync(tx, &name, fetched).await?;
                }
                desk.outbox.publish(tx, &desk.ctx(), NewEvent::new(TOPIC_SOURCE, SOURCE_SYNCED, &name, told)).await?;
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
