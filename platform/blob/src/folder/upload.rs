//! A file being written under a temporary name that no key can be.

use std::{fs, path::Path, sync::Arc};

use bytes::Bytes;
use tempfile::{NamedTempFile, TempPath};
use tokio::{fs::File, io::AsyncWriteExt};

use super::Folder;
use crate::{BlobError, BlobKey, store::blocking};

/// Dropped before its end, it is gone without a trace.
pub(crate) struct FileUpload {
    folder: Arc<Folder>,
    key: BlobKey,
    file: File,
    path: TempPath,
}

impl FileUpload {
    /// Locked, so that a sweep for leftovers spares it.
    pub(crate) async fn begin(folder: &Arc<Folder>, key: BlobKey) -> Result<Self, BlobError> {
        let folder = Arc::clone(folder);
        blocking(move || {
            let (file, path) = NamedTempFile::new_in(folder.temporary())?.into_parts();
            file.lock()?;
            Ok(Self { folder, key, file: File::from_std(file), path })
        })
        .await
    }

    pub(crate) async fn write(&mut self, part: &Bytes) -> Result<(), BlobError> {
        Ok(self.file.write_all(part).await?)
    }

    /// Every byte on the disk first, then the name.
    pub(crate) async fn end(mut self) -> Result<(), BlobError> {
        self.file.flush().await?;
        let file = self.file.into_std().await;
        blocking(move || {
            file.sync_all()?;
            self.folder.place(self.path, &self.key)
        })
        .await
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
