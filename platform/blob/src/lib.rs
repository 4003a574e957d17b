//! Results, logs, uploads and résumés of any size, kept under a key and out of the databases.
//!
//! A blob is written whole or not at all: it appears under its key only when every byte is on the disk,
//! and a put that fails, is too large or is given up leaves nothing behind. Its SHA-256 is computed on the
//! way in; who keeps the [`BlobRef`] can have the content verified later.
//!
//! Absent on purpose: encryption (seal the content before it comes here), retention and quotas (the
//! services that name the blobs delete them).

mod bucket;
mod error;
mod folder;
mod key;
mod measure;
mod store;

pub use bucket::BucketSettings;
pub use error::BlobError;
pub use key::{BlobKey, BlobKeyError};
pub use store::{Blob, BlobEntry, BlobRef, BlobStore, ContentStream};
