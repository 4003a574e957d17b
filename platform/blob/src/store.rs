//! The store as its users see it.

use std::{error::Error, io, ops::Range, path::Path, pin::Pin, sync::Arc};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use metier_core::{Fault, Page, PageRequest};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt},
    task,
};
use tokio_util::io::ReaderStream;

use crate::{
    BlobError, BlobKey, BucketSettings,
    bucket::{Bucket, ObjectUpload},
    folder::{FileUpload, Folder},
    measure::Measure,
};

/// How much is read from the disk at once.
const READ_BUFFER: usize = 64 * 1024;

/// Content as it comes, part by part.
pub type ContentStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A blob as its owner remembers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content, in lowercase hexadecimal.
    pub sha256: String,
}

/// A blob in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobEntry {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A blob, or a part of one, being read.
pub struct Blob {
    /// The size of the whole blob.
    pub size: u64,
    /// The wanted content.
    pub content: ContentStream,
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blob").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Keeps blobs. Clones share it.
#[derive(Clone, Debug)]
pub struct BlobStore(Driver);

#[derive(Clone, Debug)]
enum Driver {
    Folder(Arc<Folder>),
    Bucket(Bucket),
}

impl BlobStore {
    /// Keeps blobs in a folder, which is made if need be, for its owner alone.
    ///
    /// # Errors
    /// When the folder cannot be made or used.
    pub fn folder(path: &Path) -> Result<Self, BlobError> {
        Folder::open(path).map(|folder| Self(Driver::Folder(Arc::new(folder))))
    }

    /// Keeps blobs in a bucket. Nothing is asked of the bucket yet.
    ///
    /// # Errors
    /// When the settings are incomplete or contradict each other.
    pub fn bucket(settings: &BucketSettings) -> Result<Self, BlobError> {
        Bucket::open(settings).map(|bucket| Self(Driver::Bucket(bucket)))
    }

    /// Puts content of at most `limit` bytes under a key, in place of what was there. It is durable and
    /// visible when this returns, and not before.
    ///
    /// # Errors
    /// When the content is too large or breaks off, or the disk is full; nothing has changed then.
    pub async fn put<S, E>(&self, key: &str, content: S, limit: u64) -> Result<BlobRef, BlobError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let key: BlobKey = key.parse()?;
        let mut content = std::pin::pin!(content);
        let mut measure = Measure::new(limit);
        let mut upload = self.upload(&key).await?;
        while let Some(part) = content.next().await {
            let part = part.map_err(|error| BlobError::BrokeOff(error.into()))?;
            measure.add(&part)?;
            upload.write(&part).await?;
        }
        upload.end().await?;
        let (size, sha256) = measure.end();
        Ok(BlobRef { key: key.to_string(), size, sha256 })
    }

    async fn upload(&self, key: &BlobKey) -> Result<Upload, BlobError> {
        match &self.0 {
            Driver::Folder(folder) => FileUpload::begin(folder, key.clone()).await.map(Upload::File),
            Driver::Bucket(bucket) => bucket.upload(key).map(Upload::Object),
        }
    }

    /// Puts content that is already in memory under a key.
    ///
    /// # Errors
    /// When the key is not one or the disk is full; nothing has changed then.
    pub async fn put_bytes(&self, key: &str, content: impl Into<Bytes>) -> Result<BlobRef, BlobError> {
        let content = content.into();
        let size = content.len() as u64;
        self.put(key, stream::iter([Ok::<_, io::Error>(content)]), size).await
    }

    /// Reads a whole blob.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, key: &str) -> Result<Blob, BlobError> {
        let key: BlobKey = key.parse()?;
        match &self.0 {
            Driver::Folder(folder) => read_file(folder, key, 0..u64::MAX).await,
            Driver::Bucket(bucket) => bucket.read(&key).await,
        }
    }

    /// Reads a part of a blob; a range that ends beyond the blob ends with it.
    ///
    /// # Errors
    /// When there is none, or the range begins beyond its end.
    pub async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Blob, BlobError> {
        let key: BlobKey = key.parse()?;
        match &self.0 {
            Driver::Folder(folder) => read_file(folder, key, range).await,
            Driver::Bucket(bucket) => bucket.read_range(&key, range).await,
        }
    }

    /// Reads a whole blob of at most `limit` bytes into memory.
    ///
    /// # Errors
    /// When there is none, or it is larger.
    pub async fn get_bytes(&self, key: &str, limit: usize) -> Result<Vec<u8>, BlobError> {
        let blob = self.get(key).await?;
        if blob.size > limit as u64 {
            return Err(BlobError::TooLarge(limit as u64));
        }
        let parts: Vec<Bytes> = blob.content.try_collect().await?;
        Ok(parts.concat())
    }

    /// Reads a blob to its end and compares it with what was put.
    ///
    /// # Errors
    /// `Damaged` when it differs.
    pub async fn verify(&self, blob: &BlobRef) -> Result<(), BlobError> {
        let mut content = self.get(&blob.key).await?.content;
        let mut measure = Measure::new(u64::MAX);
        while let Some(part) = content.try_next().await? {
            measure.add(&part)?;
        }
        if measure.end() == (blob.size, blob.sha256.clone()) {
            return Ok(());
        }
        Err(BlobError::Damaged(blob.key.clone()))
    }

    /// Deletes a blob. One that is not there is deleted already.
    ///
    /// # Errors
    /// When the key is not one, or the store cannot be used.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        let key: BlobKey = key.parse()?;
        match &self.0 {
            Driver::Bucket(bucket) => bucket.delete(&key).await,
            Driver::Folder(folder) => {
                let folder = Arc::clone(folder);
                blocking(move || folder.delete(&key)).await
            }
        }
    }

    /// Lists blobs whose keys begin with `prefix`, in the order of their keys. A blob that is put or deleted
    /// meanwhile may be in the list or not; no other is missed.
    ///
    /// # Errors
    /// When the cursor is not one of this list, or the store cannot be used.
    pub async fn list(&self, prefix: &str, page: &PageRequest) -> Result<Page<BlobEntry>, Fault> {
        let after = page.after.as_ref().map(|cursor| cursor.key::<String>()).transpose()?;
        let after = after.map(|after| after.parse::<BlobKey>()).transpose()?;
        let wanted = page.limit as usize + 1;
        let rows = match &self.0 {
            Driver::Bucket(bucket) => {
                bucket.list(prefix, after.as_ref().map(BlobKey::as_str), wanted).await?
            }
            Driver::Folder(folder) => {
                let (folder, prefix) = (Arc::clone(folder), prefix.to_owned());
                blocking(move || folder.list(&prefix, after.as_ref().map(BlobKey::as_str), wanted)).await?
            }
        };
        Ok(Page::from_rows(rows, page.limit, |entry| entry.key.clone()))
    }
}

/// Content on its way in. Dropped before its end, it leaves nothing behind.
enum Upload {
    File(FileUpload),
    Object(ObjectUpload),
}

impl Upload {
    async fn write(&mut self, part: &Bytes) -> Result<(), BlobError> {
        match self {
            Self::File(upload) => upload.write(part).await,
            Self::Object(upload) => upload.write(part).await,
        }
    }

    async fn end(self) -> Result<(), BlobError> {
        match self {
            Self::File(upload) => upload.end().await,
            Self::Object(upload) => upload.end().await,
        }
    }
}

async fn read_file(folder: &Arc<Folder>, key: BlobKey, range: Range<u64>) -> Result<Blob, BlobError> {
    let folder = Arc::clone(folder);
    let (file, size) = blocking(move || {
        let file = folder.read(&key)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    })
    .await?;
    if range.start > size {
        return Err(BlobError::BeyondEnd { start: range.start, size });
    }
    let mut file = tokio::fs::File::from_std(file);
    file.seek(io::SeekFrom::Start(range.start)).await?;
    let part = file.take(range.end.saturating_sub(range.start));
    Ok(Blob { size, content: ReaderStream::with_capacity(part, READ_BUFFER).boxed() })
}

pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    task::spawn_blocking(work).await.map_err(BlobError::GivenUp)?
}
