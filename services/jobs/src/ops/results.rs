//! Results: small ones inline, large ones in the blob store.

use metier_blob::BlobStore;
use metier_core::{Fault, Random, Timestamp};
use uuid::Uuid;

use super::engine::Tools;
use crate::store::{history::ResultValue, tasks::ResultRow};

/// Results up to this many bytes lie inline.
const INLINE_BYTES: usize = 8 * 1024;
/// Largest result.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Where results lie in the blob store.
pub const PREFIX: &str = "results/";
/// Tasks whose results share a folder.
const TASKS_PER_FOLDER: i64 = 10_000;

/// A result in the blob store, as its key tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The key. No two reports share one, so what a refused report left is nobody else's.
    pub key: String,
    /// The task it was reported for.
    pub task: i64,
    /// When.
    pub at: Timestamp,
}

impl Stored {
    fn new(task: i64, at: Timestamp, random: &Random) -> Self {
        let (folder, id) = (task / TASKS_PER_FOLDER, random.uuid(at).simple());
        Self { key: format!("{PREFIX}{folder}/{task}-{id}"), task, at }
    }

    /// Reads a key; `None` when it is not one of a result.
    pub fn parse(key: &str) -> Option<Self> {
        let (_, name) = key.strip_prefix(PREFIX)?.split_once('/')?;
        let (task, id) = name.split_once('-')?;
        let (seconds, _) = Uuid::parse_str(id).ok()?.get_timestamp()?.to_unix();
        let at = Timestamp::from_seconds(i64::try_from(seconds).ok()?);
        Some(Self { key: key.to_owned(), task: task.parse().ok()?, at })
    }
}

/// Puts a result where it belongs, before the transaction that records it.
///
/// A result whose transaction then fails is left in the blob store, unnamed, until it is swept.
///
/// # Errors
/// `result_too_large`, or when the blob store fails.
pub async fn store(tools: &Tools, task: i64, text: String) -> Result<ResultValue, Fault> {
    if text.len() <= INLINE_BYTES {
        return Ok(ResultValue::Inline(text));
    }
    let stored = Stored::new(task, tools.clock.now(), &tools.random);
    tools.blobs.put_bytes(&stored.key, text.into_bytes()).await?;
    Ok(ResultValue::Blob(stored.key))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_the_task_and_the_moment() {
        let stored = Stored::new(123_456, Timestamp::from_seconds(1_800_000_000), &Random::system());
        assert!(stored.key.starts_with("results/12/123456-"), "{}", stored.key);
        assert_eq!(Stored::parse(&stored.key), Some(stored));
    }

    #[test]
    fn a_key_of_something_else_tells_nothing() {
        for key in ["results/1/2", "results/x", "output/12/123456-0190", "results/12/a-b"] {
            assert_eq!(Stored::parse(key), None, "{key}");
        }
    }
}
