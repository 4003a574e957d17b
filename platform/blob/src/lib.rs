//! Contents of any size, beside the databases: results, logs, uploads, résumés.
//!
//! A [`BlobStore`] keeps each under a [`BlobKey`] in a local folder. A content is whole or absent: it is written to a
//! temporary file, flushed to disk, then renamed into place.

mod error;
mod key;
mod store;

pub use error::BlobError;
pub use key::BlobKey;
pub use store::{BlobRef, BlobStore};
