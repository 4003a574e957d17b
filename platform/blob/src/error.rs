//! Why a blob could not be written or read.

use std::{error::Error, io};

use metier_core::{Fault, FaultKind};

use crate::BlobKeyError;

/// Why a blob could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The key is not one.
    #[error(transparent)]
    Key(#[from] BlobKeyError),
    /// There is no such blob.
    #[error("no blob {0}")]
    NotFound(String),
    /// More bytes than the caller allows.
    #[error("the content is larger than {0} bytes")]
    TooLarge(u64),
    /// The wanted part begins after the end.
    #[error("byte {start} is beyond the end of a blob of {size} bytes")]
    BeyondEnd {
        /// Where it should begin.
        start: u64,
        /// How large the blob is.
        size: u64,
    },
    /// The disk or the quota is full.
    #[error("the disk with the blobs is full")]
    Full(#[source] io::Error),
    /// The one who sent the content broke off.
    #[error("the content broke off")]
    BrokeOff(#[source] Box<dyn Error + Send + Sync>),
    /// The content is not what was put.
    #[error("blob {0} is damaged: its content has changed")]
    Damaged(String),
    /// The file system refused.
    #[error("the folder with the blobs cannot be used")]
    Io(#[source] io::Error),
    /// The bucket refused or is away.
    #[error("the bucket with the blobs cannot be used")]
    Bucket(#[source] Box<dyn Error + Send + Sync>),
    /// The runtime is shutting down.
    #[error("the work was given up")]
    GivenUp(#[source] tokio::task::JoinError),
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(error),
            _ => Self::Io(error),
        }
    }
}

impl From<BlobError> for Fault {
    fn from(error: BlobError) -> Self {
        let fault = match &error {
            BlobError::Key(error) => return error.clone().into(),
            BlobError::NotFound(key) => Self::not_found("blob", key),
            BlobError::TooLarge(_) => Self::new(FaultKind::TooLarge, "content_too_large", error.to_string()),
            BlobError::BeyondEnd { .. } => Self::invalid("range", error.to_string()),
            BlobError::Full(_) => Self::new(FaultKind::Unavailable, "storage_full", error.to_string()),
            BlobError::Bucket(_) => Self::unavailable(error.to_string()),
            BlobError::BrokeOff(_) => Self::new(FaultKind::Invalid, "content_broke_off", error.to_string()),
            BlobError::Damaged(_) | BlobError::Io(_) | BlobError::GivenUp(_) => return Self::internal(error),
        };
        fault.caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write};

    use super::*;

    #[test]
    fn a_full_disk_is_unavailable_and_says_so() {
        // The device that answers every write as a full disk does.
        let mut full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let error = BlobError::from(full.write_all(b"content").unwrap_err());
        assert!(matches!(error, BlobError::Full(_)));
        let fault = Fault::from(error);
        assert_eq!((fault.kind, fault.code.as_ref()), (FaultKind::Unavailable, "storage_full"));
    }
}
