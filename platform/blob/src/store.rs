//! The store in a local folder.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{BlobError, BlobKey};

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobRef {
    /// Under which key.
    pub key: BlobKey,
    /// Bytes.
    pub size: u64,
    /// SHA-256, lowercase hex.
    pub sha256: String,
}

/// Keeps contents in a folder. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore(Arc<PathBuf>);

impl BlobStore {
    /// A store in `folder`, which must exist and be on one file system.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self(Arc::new(folder.into()))
    }

    /// Stores `bytes` under `key`, in place of what was there. It is on disk when this answers.
    ///
    /// # Errors
    /// When the key is none or the disk refuses; what was there before then stays.
    pub async fn put_bytes(&self, key: &str, bytes: Vec<u8>) -> Result<BlobRef, BlobError> {
        self.blocking(key, move |path, key| write(path, &bytes).map(|()| stored(key, &bytes))).await
    }

    /// Reads the whole content, if it is no larger than `limit` bytes.
    ///
    /// # Errors
    /// When the key is none, the content is missing or too large, or the disk refuses.
    pub async fn get_bytes(&self, key: &str, limit: usize) -> Result<Vec<u8>, BlobError> {
        let bytes = self.blocking(key, move |path, _| read(path, limit)).await?;
        bytes.ok_or_else(|| BlobError::TooLarge { key: key.to_owned(), limit })
    }

    /// Removes a content. `false` when there was none.
    ///
    /// # Errors
    /// When the key is none or the disk refuses.
    pub async fn delete(&self, key: &str) -> Result<bool, BlobError> {
        match self.blocking(key, |path, _| fs::remove_file(path)).await {
            Ok(()) => Ok(true),
            Err(BlobError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        key: &str,
        work: impl FnOnce(&Path, BlobKey) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        let parsed: BlobKey = key.parse()?;
        let path = self.0.join(parsed.path());
        let done = tokio::task::spawn_blocking(move || work(&path, parsed)).await;
        let done = done.unwrap_or_else(|panicked| Err(io::Error::other(panicked)));
        done.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => BlobError::Missing(key.to_owned()),
            _ => BlobError::Disk { key: key.to_owned(), source },
        })
    }
}

fn stored(key: BlobKey, bytes: &[u8]) -> BlobRef {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    BlobRef { key, size: bytes.len() as u64, sha256 }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    fs::File::open(folder)?.sync_all()
}

/// `None` when the content is larger than `limit`.
fn read(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_content_comes_back_as_it_was_stored() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::folder(folder.path());
        let reference = store.put_bytes("results/a/1", b"abc".to_vec()).await.unwrap();
        assert_eq!(reference.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(store.get_bytes("results/a/1", 3).await.unwrap(), b"abc");
        assert!(matches!(store.get_bytes("results/a/1", 2).await, Err(BlobError::TooLarge { .. })));
    }

    #[tokio::test]
    async fn a_deleted_content_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::folder(folder.path());
        store.put_bytes("a", vec![1]).await.unwrap();
        assert!(store.delete("a").await.unwrap());
        assert!(!store.delete("a").await.unwrap());
        assert!(matches!(store.get_bytes("a", 9).await, Err(BlobError::Missing(_))));
    }

    #[tokio::test]
    async fn what_was_there_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobStore::folder(folder.path());
        store.put_bytes("a", vec![1; 9]).await.unwrap();
        store.put_bytes("a", vec![2]).await.unwrap();
        assert_eq!(store.get_bytes("a", 9).await.unwrap(), [2]);
    }
}
