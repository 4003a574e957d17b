//! What an author of a plugin writes.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Closed, FetchError, Sink};

/// A source of postings. Implement this and hand it to [`crate::serve`].
pub trait SourcePlugin: Send + Sync + 'static {
    /// Where a next sync begins. Metier keeps it; the plugin itself keeps nothing between syncs.
    type Checkpoint: Serialize + DeserializeOwned + Send;

    /// Who the plugin is.
    fn identity(&self) -> Identity;

    /// Whether a sync would bring anything. Answered at once, without asking the source.
    fn readiness(&self) -> Readiness {
        Readiness::Ready
    }

    /// Writes what the source has on offer into the sink: after each page of at most `pass.page_size` postings a
    /// checkpoint. The future is dropped when the deadline comes or the reader leaves; what lies behind the last
    /// checkpoint is then simply sent again next time.
    fn sync(
        &self,
        pass: Pass<Self::Checkpoint>,
        sink: &mut Sink,
    ) -> impl Future<Output = Result<Outcome, SyncError>> + Send;
}

/// Who a plugin is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The stable id of the source, `[a-z0-9-]`.
    pub id: &'static str,
    /// The name for people.
    pub name: &'static str,
    /// The plugin's version.
    pub version: &'static str,
    /// What OpenJobs puts before the original id (`af` in `af-30016621`).
    pub prefix: &'static str,
    /// Whether the postings are invented.
    pub demo: bool,
}

/// Whether a sync would bring anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It would.
    Ready,
    /// In part; the sentence says what is wrong and what to do.
    Degraded(String),
    /// No: a setting is missing; the sentence says which and where to get it.
    Unconfigured(String),
}

/// What a sync is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass<C> {
    /// Where to begin; `None` for everything.
    pub checkpoint: Option<C>,
    /// The most postings between two checkpoints.
    pub page_size: usize,
}

/// How a sync that did not fail ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether this one sync sent every posting on offer. A warning during the sync overrides it.
    pub complete: bool,
    /// Anything worth a line in the sync log.
    pub note: Option<String>,
}

impl Outcome {
    /// Everything on offer was sent.
    pub fn complete() -> Self {
        Self { complete: true, note: None }
    }

    /// All went well, but this was not everything on offer, and the note says why.
    pub fn partial(note: impl Into<String>) -> Self {
        Self { complete: false, note: Some(note.into()) }
    }
}

/// Why a sync failed. What was written before stays valid.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The source could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The source answered something else than it should.
    #[error("the source's answer is not understood: {0}")]
    Unreadable(String),
    /// A setting is missing.
    #[error("{0}")]
    Unconfigured(String),
    /// Nobody reads any more.
    #[error(transparent)]
    Closed(#[from] Closed),
}
