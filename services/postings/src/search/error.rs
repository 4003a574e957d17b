//! Why the index could not answer or be written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tantivy::TantivyError;

/// A failure of the search index.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cursor is not one of this list and this query.
    #[error("the cursor does not belong to this search")]
    ForeignCursor,
    /// The index was changed too often since the page that gave the cursor; the caller starts again.
    #[error("the ranking that the cursor belongs to is gone; start from the first page")]
    StaleCursor,
    /// Another process writes the index.
    #[error("another process is writing this search index")]
    Locked,
    /// The index is damaged and must be rebuilt.
    #[error("the search index is damaged and must be rebuilt")]
    Damaged(#[source] TantivyError),
    /// The engine gave up on what it read; the index must be rebuilt.
    #[error("the search index holds what cannot be read and must be rebuilt")]
    Unreadable,
    /// The folder cannot be read or written.
    #[error("cannot use the folder of the search index")]
    Folder(#[from] std::io::Error),
    /// The index refused.
    #[error("the search index failed")]
    Engine(#[source] TantivyError),
}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> Self {
        match error {
            TantivyError::LockFailure(..) => Self::Locked,
            TantivyError::DataCorruption(_)
            | TantivyError::OpenReadError(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::DeserializeError(_)
            | TantivyError::FieldNotFound(_)
            | TantivyError::SchemaError(_) => Self::Damaged(error),
            error => Self::Engine(error),
        }
    }
}

/// Runs what reads the index. On files cut short the engine panics rather than fails, and a damaged index must
/// never take the service down: it can be rebuilt.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, SearchError>) -> Result<T, SearchError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(SearchError::Unreadable))
}
