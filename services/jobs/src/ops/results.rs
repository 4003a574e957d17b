//! Results: small ones inline, large ones in the blob store.

use metier_blob::BlobStore;
use metier_core::Fault;
use uuid::Uuid;

use crate::store::{history::ResultValue, tasks::ResultRow};

/// Results up to this many bytes lie inline.
const INLINE_BYTES: usize = 8 * 1024;
/// Largest result.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Puts a result where it belongs, before the transaction that records it.
///
/// A result whose transaction then fails is left in the blob store, unnamed, until it is swept.
///
/// # Errors
/// `result_too_large`, or when the blob store fails.
pub async fn store(blobs: &BlobStore, lease: Uuid, task: i64, text: String) -> Result<ResultValue, Fault> {
    if text.len() <= INLINE_BYTES {
        return Ok(ResultValue::Inline(text));
    }
    let key = format!("results/{}/{task}", lease.simple());
    blobs.put_bytes(&key, text.into_bytes()).await?;
    Ok(ResultValue::Blob(key))
}

/// Reads a result wherever it lies, as JSON text.
///
/// # Errors
/// When the blob store fails.
pub async fn load(blobs: &BlobStore, row: ResultRow) -> Result<String, Fault> {
    match (row.value, row.blob) {
        (Some(text), _) => Ok(text),
        (None, Some(key)) => {
            String::from_utf8(blobs.get_bytes(&key, MAX_BYTES).await?).map_err(Fault::internal)
        }
        (None, None) => Ok("null".to_owned()),
    }
}
