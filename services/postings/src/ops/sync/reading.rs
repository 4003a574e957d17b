//! Reading a source to its end, batch by batch.

use std::time::Duration;

use serde_json::Value;

use super::{Pass, writing::Batch};
use crate::{
    domain::dialect::{End, Line},
    error::Error,
    fetch::{Ask, Begun, Lines},
    store::{self, sources::SourceRow},
};

/// Lines between two checkpoints, as we ask for them.
const PAGE: usize = 200;
/// A plugin that always has more is asked again this often at most.
const MAX_STREAMS: u32 = 1_000;

impl Pass {
    pub(super) async fn legacy(&mut self) -> Result<bool, Error> {
        let listing = self.desk.fetcher.listing(&self.source.name, &self.source.url).await?;
        self.announced = listing.announced;
        self.report_warning(listing.message.filter(|_| listing.postings.is_empty()));
        let mut entries = listing.postings.into_iter().peekable();
        while entries.peek().is_some() {
            let entries = entries.by_ref().take(self.desk.config.batch).collect();
            self.write(Batch::of(entries)).await?;
        }
        self.settle().await?;
        Ok(false)
    }

    fn report_warning(&mut self, warning: Option<String>) {
        if let Some(warning) = warning {
            self.report.warn(warning);
        }
    }

    /// Streams until the plugin is through. `true` when one stream alone was complete.
    pub(super) async fn stream_all(&mut self) -> Result<bool, Error> {
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

    async fn stream_once(&mut self) -> Result<End, Error> {
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
        let end = self.read(&mut lines).await;
        // Also when it broke off: what came before is kept, with the last checkpoint.
        self.settle().await?;
        end
    }

    async fn begin(&self, checkpoint: Value) -> Result<Begun, Error> {
        let deadline = Duration::from_secs(self.desk.config.sync_timeout_seconds);
        let ask = Ask { checkpoint, page_size: PAGE, deadline };
        self.desk.fetcher.stream(&self.source.name, &self.source.url, ask).await
    }

    async fn read(&mut self, lines: &mut Lines) -> Result<End, Error> {
        let mut batch = Batch::default();
        loop {
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                broken => {
                    self.write(batch).await?;
                    let stopped = || "the stream stopped without an end".to_owned();
                    return Err(self.unreachable(broken.err().unwrap_or_else(stopped)));
                }
            };
            if let Line::Posting(raw) = &line
                && batch.removes(&raw.original_id)
            {
                self.write(std::mem::take(&mut batch)).await?;
            }
            match line {
                Line::Posting(raw) => batch.add(*raw),
                Line::Rejected(rejection) => batch.entries.push(Err(rejection)),
                Line::Removed { original_id, removed_at } => batch.removed.push((original_id, removed_at)),
                Line::Warning(warning) => self.report.warn(warning),
                Line::Unknown => {}
                Line::Checkpoint(checkpoint) => batch.checkpoint = Some(checkpoint),
                Line::End(end) => {
                    self.write(batch).await?;
                    self.announced = end.fetched.map(|fetched| self.announced.unwrap_or(0) + fetched);
                    return Ok(end);
                }
            }
            if self.is_due(&batch) {
                self.write(std::mem::take(&mut batch)).await?;
            }
        }
    }
}
