//! Content on its way in: counted, hashed, and written to a temporary file that nobody can name.

use std::{fs, path::Path};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::{fs::File, io::AsyncWriteExt};

use crate::BlobError;

/// Counts and hashes content, and stops it at the limit.
pub(crate) struct Measure {
    limit: u64,
    size: u64,
    hash: Sha256,
}

impl Measure {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, size: 0, hash: Sha256::new() }
    }

    pub(crate) fn add(&mut self, part: &[u8]) -> Result<(), BlobError> {
        self.size += part.len() as u64;
        if self.size > self.limit {
            return Err(BlobError::TooLarge(self.limit));
        }
        self.hash.update(part);
        Ok(())
    }

    /// The size, and the SHA-256 in hexadecimal.
    pub(crate) fn end(self) -> (u64, String) {
        (self.size, format!("{:x}", self.hash.finalize()))
    }
}

/// A temporary file being written. Dropped, it is gone.
pub(crate) struct Upload {
    file: File,
    path: TempPath,
}

impl Upload {
    /// Locked, so that a sweep for leftovers spares it.
    pub(crate) fn begin(folder: &Path) -> Result<Self, BlobError> {
        let (file, path) = NamedTempFile::new_in(folder)?.into_parts();
        file.lock()?;
        Ok(Self { file: File::from_std(file), path })
    }

    pub(crate) async fn write(&mut self, part: &Bytes) -> Result<(), BlobError> {
        Ok(self.file.write_all(part).await?)
    }

    /// The file with every byte on the disk.
    pub(crate) async fn end(mut self) -> Result<(fs::File, TempPath), BlobError> {
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok((self.file.into_std().await, self.path))
    }
}

/// Deletes what a process that was killed has left behind.
pub(crate) fn sweep(folder: &Path) -> Result<(), BlobError> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match fs::File::open(&path) {
            Ok(file) if file.try_lock().is_ok() => fs::remove_file(&path)?,
            // Still being written by another process, or already gone.
            _ => {}
        }
    }
    Ok(())
}
