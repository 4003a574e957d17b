//! Blobs as objects of an S3-compatible bucket.
//!
//! An object appears whole when its upload is completed, so the promises are those of the folder. What a
//! killed process has uploaded of an object stays, unseen, until the bucket's own rule for incomplete
//! uploads removes it; have one.

use std::{ops::Range, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use metier_core::Secret;
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use serde::{Deserialize, Serialize};

use crate::{Blob, BlobEntry, BlobError, BlobKey};

/// How much of an object is uploaded at once; S3 wants at least 5 MiB.
const PART: usize = 8 * 1024 * 1024;
/// How long a peer may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request is tried again before its caller is told.
const RETRY_TIMEOUT: Duration = Duration::from_secs(30);
/// How often.
const RETRIES: usize = 5;

/// Where the bucket is and who may use it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketSettings {
    /// The bucket's name.
    pub bucket: String,
    /// Begins the name of every object; empty, or a blob key.
    pub prefix: String,
    /// The server, such as `https://storage.example.org`; empty for Amazon's own. Plain HTTP only if it says so.
    pub endpoint: String,
    /// The region; empty for the server's default.
    pub region: String,
    /// Name of the key. Without one, the role of the machine is used.
    pub access_key_id: Option<String>,
    /// The key itself.
    pub secret_access_key: Option<Secret<String>>,
}

/// The bucket.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    objects: Arc<AmazonS3>,
    prefix: String,
}

impl Bucket {
    pub(crate) fn open(settings: &BucketSettings) -> Result<Self, BlobError> {
        let prefix = match settings.prefix.as_str() {
            "" => String::new(),
            prefix => format!("{}/", prefix.parse::<BlobKey>()?),
        };
        let retry =
            RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_retry(retry)
            .with_client_options(ClientOptions::new().with_connect_timeout(CONNECT_TIMEOUT))
            .with_allow_http(settings.endpoint.starts_with("http://"));
        if !settings.endpoint.is_empty() {
            builder = builder.with_endpoint(&settings.endpoint);
        }
        if !settings.region.is_empty() {
            builder = builder.with_region(&settings.region);
        }
        if let (Some(id), Some(secret)) = (&settings.access_key_id, &settings.secret_access_key) {
            builder = builder.with_access_key_id(id).with_secret_access_key(secret.expose());
        }
        let objects = Arc::new(builder.build().map_err(refused)?);
        Ok(Self { objects, prefix })
    }

    fn path(&self, key: &str) -> Result<Path, BlobError> {
        Path::parse(format!("{}{key}", self.prefix)).map_err(|error| BlobError::Bucket(error.into()))
    }

    pub(crate) fn upload(&self, key: &BlobKey) -> Result<ObjectUpload, BlobError> {
        let path = self.path(key.as_str())?;
        Ok(ObjectUpload { objects: Arc::clone(&self.objects), path, waiting: BytesMut::new(), parts: None })
    }

    pub(crate) async fn read(&self, key: &BlobKey) -> Result<Blob, BlobError> {
        self.get(key, GetOptions::default()).await
    }

    /// The size is asked first: a bucket refuses a range of nothing, which is nothing wrong.
    pub(crate) async fn read_range(&self, key: &BlobKey, range: Range<u64>) -> Result<Blob, BlobError> {
        let head = self.objects.head(&self.path(key.as_str())?).await;
        let size = head.map_err(|error| missing_or_refused(key, error))?.size;
        if range.start > size {
            return Err(BlobError::BeyondEnd { start: range.start, size });
        }
        let range = range.start..range.end.min(size);
        if range.is_empty() {
            return Ok(Blob { size, content: stream::empty().boxed() });
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        self.get(key, options).await
    }

    async fn get(&self, key: &BlobKey, options: GetOptions) -> Result<Blob, BlobError> {
        let got = self.objects.get_opts(&self.path(key.as_str())?, options).await;
        let got = got.map_err(|error| missing_or_refused(key, error))?;
        let size = got.meta.size;
        Ok(Blob { size, content: got.into_stream().map_err(std::io::Error::other).boxed() })
    }

    /// One that is not there is deleted already; buckets think so too.
    pub(crate) async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self.objects.delete(&self.path(key.as_str())?).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// A bucket is asked for whole segments; what begins with a part of one is sifted here.
    pub(crate) async fn list(
        &self,
        prefix: &str,
        after: Option<&str>,
        wanted: usize,
    ) -> Result<Vec<BlobEntry>, BlobError> {
        let segments = prefix.rsplit_once('/').map_or("", |(segments, _)| segments);
        let below = self.path(segments)?;
        let listed = match after {
            Some(after) => self.objects.list_with_offset(Some(&below), &self.path(after)?),
            None => self.objects.list(Some(&below)),
        };
        let entries =
            listed.map_err(refused).try_filter_map(|object| std::future::ready(Ok(self.entry(&object))));
        let matching = entries.try_filter(|entry| std::future::ready(entry.key.starts_with(prefix)));
        matching.take(wanted).try_collect().await
    }

    fn entry(&self, object: &object_store::ObjectMeta) -> Option<BlobEntry> {
        let key = object.location.as_ref().strip_prefix(&self.prefix)?;
        Some(BlobEntry { key: key.parse::<BlobKey>().ok()?.to_string(), size: object.size })
    }
}

/// An object being uploaded: at once if it is small, in parts otherwise.
pub(crate) struct ObjectUpload {
    objects: Arc<AmazonS3>,
    path: Path,
    waiting: BytesMut,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl ObjectUpload {
    pub(crate) async fn write(&mut self, part: &Bytes) -> Result<(), BlobError> {
        self.waiting.extend_from_slice(part);
        while self.waiting.len() >= PART {
            let part = self.waiting.split_to(PART).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    async fn send(&mut self, part: Bytes) -> Result<(), BlobError> {
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => none.insert(self.objects.put_multipart(&self.path).await.map_err(refused)?),
        };
        parts.put_part(part.into()).await.map_err(refused)
    }

    pub(crate) async fn end(mut self) -> Result<(), BlobError> {
        let rest = self.waiting.split().freeze();
        if self.parts.is_none() {
            return self.objects.put(&self.path, rest.into()).await.map(|_| ()).map_err(refused);
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        if let Some(parts) = &mut self.parts {
            parts.complete().await.map_err(refused)?;
        }
        self.parts = None;
        Ok(())
    }
}

impl Drop for ObjectUpload {
    /// An upload that failed or was given up is taken back.
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some(mut parts), Ok(runtime)) = (self.parts.take(), runtime) {
            runtime.spawn(async move {
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "an incomplete upload stays in the bucket");
                }
            });
        }
    }
}

fn refused(error: Error) -> BlobError {
    BlobError::Bucket(error.into())
}

fn missing_or_refused(key: &BlobKey, error: Error) -> BlobError {
    match error {
        Error::NotFound { .. } => BlobError::NotFound(key.to_string()),
        error => refused(error),
    }
}
