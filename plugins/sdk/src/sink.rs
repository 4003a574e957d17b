//! What a plugin writes its postings into. It checks each, counts all, and holds the plugin back to the reader's pace.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::wire::{End, Frame, Posting, limits};

/// Nobody reads the stream any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reader has left")]
pub struct Closed;

/// The writing end of one sync.
#[derive(Debug)]
pub struct Sink {
    frames: mpsc::Sender<Frame>,
    tally: Arc<Tally>,
}

/// What was written so far. Shared, because the plugin may be dropped in the middle of its work.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    fetched: AtomicU64,
    warned: AtomicBool,
}

impl Tally {
    /// The last frame, with the counts that belong in it and the claims that warnings forbid taken back.
    pub(crate) fn end(&self, end: End) -> Frame {
        let whole = !self.warned.load(Ordering::SeqCst) && !end.more && end.error.is_none();
        let fetched = self.fetched.load(Ordering::SeqCst);
        Frame::End(End { complete: end.complete && whole, fetched, error: end.error.map(shortened), ..end })
    }
}

impl Sink {
    pub(crate) fn new(frames: mpsc::Sender<Frame>, tally: Arc<Tally>) -> Self {
        Self { frames, tally }
    }

    /// Sends a posting; one that breaks a rule of the contract is sent as rejected, with the rules it breaks.
    pub async fn posting(&mut self, posting: Posting) -> Result<(), Closed> {
        let violations = posting.violations();
        if violations.is_empty() {
            return self.send(Frame::Posting { posting: Box::new(posting) }).await;
        }
        let reasons: Vec<String> = violations.iter().map(ToString::to_string).collect();
        self.rejected(Some(posting.original_id), reasons.join("; ")).await
    }

    /// Says that the source took a posting down.
    pub async fn removed(
        &mut self,
        original_id: impl Into<String>,
        removed_at: Option<OffsetDateTime>,
    ) -> Result<(), Closed> {
        self.send(Frame::Removed { original_id: original_id.into(), removed_at }).await
    }

    /// Says that an ad could not be turned into a posting.
    pub async fn rejected(
        &mut self,
        original_id: Option<String>,
        reason: impl Into<String>,
    ) -> Result<(), Closed> {
        let original_id = original_id.map(|id| id.chars().take(limits::MAX_ID_CHARS).collect());
        self.send(Frame::Rejected { original_id, reason: shortened(reason.into()) }).await
    }

    /// Says that all above is done and a next sync may begin here. `&()` stands for the beginning.
    pub async fn checkpoint(&mut self, checkpoint: &impl Serialize) -> Result<(), Closed> {
        match serde_json::to_value(checkpoint) {
            Ok(checkpoint) if checkpoint.to_string().len() <= limits::MAX_CHECKPOINT_BYTES => {
                self.send(Frame::Checkpoint { checkpoint }).await
            }
            // A fault of the plugin's type. Beginning again is always safe.
            _ => {
                self.warning("the plugin's checkpoint is no JSON of at most 64 KiB").await?;
                self.send(Frame::Checkpoint { checkpoint: Value::Null }).await
            }
        }
    }

    /// Says that a part of the source failed and the rest goes on. The sync is then not complete.
    pub async fn warning(&mut self, reason: impl Into<String>) -> Result<(), Closed> {
        self.tally.warned.store(true, Ordering::SeqCst);
        self.send(Frame::Warning { reason: shortened(reason.into()) }).await
    }

    /// Counted only once it is sent: a plugin dropped while it waits here has not sent it.
    async fn send(&mut self, frame: Frame) -> Result<(), Closed> {
        let counted = frame.is_counted();
        self.frames.send(frame).await.map_err(|_| Closed)?;
        if counted {
            self.tally.fetched.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(limits::MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink() -> (Sink, mpsc::Receiver<Frame>, Arc<Tally>) {
        let (sender, receiver) = mpsc::channel(8);
        let tally = Arc::new(Tally::default());
        (Sink::new(sender, Arc::clone(&tally)), receiver, tally)
    }

    #[tokio::test]
    async fn a_posting_that_breaks_a_rule_is_sent_as_rejected_with_its_reason() {
        let (mut sink, mut frames, tally) = sink();
        sink.posting(Posting::new("1", "")).await.unwrap();
        let Some(Frame::Rejected { original_id, reason }) = frames.recv().await else {
            panic!("not rejected")
        };
        assert_eq!((original_id.as_deref(), reason.as_str()), (Some("1"), "title: is empty"));
        let Frame::End(end) = tally.end(End::default()) else { panic!("not an end") };
        assert_eq!(end.fetched, 1);
    }

    #[tokio::test]
    async fn a_sync_with_a_warning_is_never_complete() {
        let (mut sink, _frames, tally) = sink();
        sink.warning("gb answered 500").await.unwrap();
        let Frame::End(end) = tally.end(End { complete: true, ..End::default() }) else {
            panic!("not an end")
        };
        assert!(!end.complete);
    }

    #[tokio::test]
    async fn a_checkpoint_that_grew_too_large_begins_again() {
        let (mut sink, mut frames, _) = sink();
        sink.checkpoint(&"x".repeat(limits::MAX_CHECKPOINT_BYTES)).await.unwrap();
        assert!(matches!(frames.recv().await, Some(Frame::Warning { .. })));
        assert_eq!(frames.recv().await, Some(Frame::Checkpoint { checkpoint: Value::Null }));
    }

    #[tokio::test]
    async fn writing_after_the_reader_left_says_so() {
        let (mut sink, frames, _) = sink();
        drop(frames);
        assert_eq!(sink.checkpoint(&()).await, Err(Closed));
    }
}
