//! What can go wrong with a content.

use std::io;

use metier_core::{Fault, FaultKind};

/// A blob store error, by cause.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The text names no content.
    #[error("{0:?} is not a blob key: parts of a-z 0-9 - _ . between slashes")]
    Key(String),
    /// There is no such content.
    #[error("no content {0}")]
    Missing(String),
    /// It is larger than the reader takes.
    #[error("content {key} is larger than {limit} bytes")]
    TooLarge {
        /// Its key.
        key: String,
        /// What the reader takes.
        limit: usize,
    },
    /// The disk refused; nothing was left behind.
    #[error("the blob store failed on {key}")]
    Disk {
        /// The content's key.
        key: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        match &error {
            BlobError::Key(_) => Self::new(FaultKind::Invalid, "invalid_blob_key", error.to_string()),
            BlobError::Missing(_) => Self::new(FaultKind::NotFound, "not_found", error.to_string()),
            BlobError::TooLarge { .. } => Self::new(FaultKind::TooLarge, "too_large", error.to_string()),
            BlobError::Disk { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Self::new(FaultKind::Unavailable, "disk_full", "the disk is full").caused_by(error)
            }
            BlobError::Disk { .. } => Self::internal(error),
        }
    }
}
