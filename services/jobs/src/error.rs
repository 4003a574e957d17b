//! What can go wrong in the engine, by cause.

use metier_core::{Fault, FaultKind, RunId};
use metier_db::DbError;
use sea_orm::DbErr;

/// An engine error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such run, or it may not be seen.
    #[error("no run {0}")]
    NoRun(RunId),
    /// The run has ended, so it cannot be cancelled.
    #[error("run {0} has ended as {1}")]
    RunEnded(RunId, String),
    /// The run is still open, so it cannot be replayed.
    #[error("run {0} is still {1}; cancel it first or wait")]
    RunOpen(RunId, String),
    /// Nothing of the run needs to be replayed.
    #[error("run {0} has no task that failed, timed out or was cancelled")]
    NothingToReplay(RunId),
    /// There is no such queue.
    #[error("no queue {0}")]
    NoQueue(String),
    /// Too many items in one submission.
    #[error("{found} items in one request; at most {limit} are taken, split them into several runs")]
    TooManyItems {
        /// How many came.
        found: usize,
        /// How many are taken.
        limit: usize,
    },
    /// An item is too large.
    #[error("item {position} has {found} bytes of parameters; at most {limit} are taken")]
    ItemTooLarge {
        /// Its position.
        position: usize,
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// The actor lacks a right that the kind's handler uses.
    #[error("kind {kind} works with permissions {lacking} that you do not have")]
    KindNeedsMore {
        /// The kind.
        kind: String,
        /// What is lacking.
        lacking: String,
    },
    /// The engine is stopping.
    #[error("the engine is stopping")]
    Stopping,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A shared rule was broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<metier_blob::BlobError> for Error {
    fn from(error: metier_blob::BlobError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let say = |kind, code: &'static str, error: &Error| Self::new(kind, code, error.to_string());
        match error {
            Error::Database(error) => error.into(),
            Error::Fault(fault) => fault,
            Error::NoRun(_) | Error::NoQueue(_) => say(FaultKind::NotFound, "not_found", &error),
            Error::RunEnded(..) => say(FaultKind::Conflict, "run_ended", &error),
            Error::RunOpen(..) => say(FaultKind::Conflict, "run_open", &error),
            Error::NothingToReplay(_) => say(FaultKind::Conflict, "nothing_to_replay", &error),
            Error::TooManyItems { .. } => say(FaultKind::Invalid, "too_many_items", &error),
            Error::ItemTooLarge { .. } => say(FaultKind::Invalid, "item_too_large", &error),
            Error::KindNeedsMore { .. } => say(FaultKind::Forbidden, "kind_needs_more", &error),
            Error::Stopping => say(FaultKind::Unavailable, "stopping", &error),
        }
    }
}
