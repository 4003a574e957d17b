//! What every driver promises, checked on each of them.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use bytes::Bytes;
use futures::{TryStreamExt, stream};
use metier_blob::{BlobError, BlobStore, BucketSettings};
use metier_core::{PageRequest, Secret};

use super::store;

/// More than one part of an upload, and not a multiple of it.
const LARGE: usize = 9_000_003;

#[tokio::test]
async fn a_folder_keeps_every_promise() {
    let (store, _folder) = store();
    keeps_every_promise(&store).await;
}

#[tokio::test]
async fn a_bucket_keeps_every_promise() {
    let Some(server) = Server::start() else {
        let why = "no moto_server stands in for S3; run cargo xtask test -p metier-blob, which installs it";
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("skipped: {why}");
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    server.make_bucket("blobs").await;
    keeps_every_promise(&server.store("blobs", "")).await;
    keeps_every_promise(&server.store("blobs", "metier/jobs")).await;

    server.has_no_incomplete_upload("blobs").await;
    let other = server.store("blobs", "metier/postings");
    assert!(other.list("", &PageRequest::default()).await.unwrap().items.is_empty(), "services do not meet");
    let absent = server.store("no-such-bucket", "");
    assert!(absent.put_bytes("a", "x").await.is_err());
}

async fn keeps_every_promise(store: &BlobStore) {
    gives_back_what_was_put(store).await;
    takes_large_content_in_parts(store).await;
    leaves_the_old_content_when_a_put_fails(store).await;
    reads_ranges(store).await;
    lists_page_by_page(store).await;
    deletes(store).await;
}

async fn gives_back_what_was_put(store: &BlobStore) {
    for content in ["", "first", "second"] {
        let blob = store.put_bytes("a/b.c-d_e", content).await.unwrap();
        assert_eq!(blob.size, content.len() as u64);
        assert_eq!(store.get_bytes("a/b.c-d_e", 10).await.unwrap(), content.as_bytes());
        store.verify(&blob).await.unwrap();
    }
    assert!(matches!(store.get("absent").await, Err(BlobError::NotFound(key)) if key == "absent"));
    assert!(matches!(store.get_range("absent", 0..1).await, Err(BlobError::NotFound(_))));
}

async fn takes_large_content_in_parts(store: &BlobStore) {
    let content: Vec<u8> = (0..LARGE).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let parts: Vec<_> =
        content.chunks(70_001).map(|part| Ok::<_, BlobError>(Bytes::copy_from_slice(part))).collect();
    let blob = store.put("large", stream::iter(parts), LARGE as u64).await.unwrap();
    assert_eq!(blob.size, LARGE as u64);
    assert!(store.get_bytes("large", LARGE).await.unwrap() == content);
    store.verify(&blob).await.unwrap();
}

async fn leaves_the_old_content_when_a_put_fails(store: &BlobStore) {
    let part = || Ok(Bytes::from(vec![0; 9_000_000]));
    let before = store.put_bytes("kept", "old").await.unwrap();
    let too_large = store.put("kept", stream::iter([part(), part()]), 10_000_000).await;
    assert!(matches!(too_large, Err(BlobError::TooLarge(10_000_000))));
    let broken = [part(), Err(std::io::Error::other("the client left"))];
    let broken = store.put("kept", stream::iter(broken), 100_000_000).await;
    assert!(matches!(broken, Err(BlobError::BrokeOff(_))));
    store.verify(&before).await.unwrap();
    assert!(store.put("never", stream::iter([part()]), 5).await.is_err());
    assert!(store.get("never").await.is_err());
}

async fn reads_ranges(store: &BlobStore) {
    store.put_bytes("digits", "0123456789").await.unwrap();
    for (range, expected) in [(0..10, "0123456789"), (2..5, "234"), (8..100, "89"), (10..20, ""), (3..3, "")]
    {
        let blob = store.get_range("digits", range).await.unwrap();
        assert_eq!(blob.size, 10);
        let parts: Vec<Bytes> = blob.content.try_collect().await.unwrap();
        assert_eq!(parts.concat(), expected.as_bytes());
    }
    let beyond = store.get_range("digits", 11..12).await;
    assert!(matches!(beyond, Err(BlobError::BeyondEnd { start: 11, size: 10 })));
}

async fn lists_page_by_page(store: &BlobStore) {
    let keys = ["l/a", "l/a-b", "l/a.b", "l/a/b", "l/a0", "l/b/c", "l/b/d"];
    for key in keys {
        store.put_bytes(key, key).await.unwrap();
    }
    for (prefix, expected) in
        [("l/", &keys[..]), ("l/a", &keys[..5]), ("l/b/", &keys[5..]), ("l/c", &[]), ("m", &[])]
    {
        for limit in [1, 3, 50] {
            assert_eq!(super::listing::walk(store, prefix, limit).await, expected, "{prefix} {limit}");
        }
    }
    let page = store.list("l/b/d", &PageRequest::default()).await.unwrap();
    assert_eq!((page.items[0].size, page.next), (5, None));
}

async fn deletes(store: &BlobStore) {
    store.delete("l/a").await.unwrap();
    assert!(matches!(store.get("l/a").await, Err(BlobError::NotFound(_))));
    assert!(store.get("l/a/b").await.is_ok());
    store.delete("l/a").await.unwrap();
    store.delete("never/was").await.unwrap();
}

/// A server that speaks S3, on a port of its own, for as long as it lives.
struct Server {
    process: Child,
    endpoint: String,
}

impl Server {
    fn start() -> Option<Self> {
        let program = std::env::var_os("METIER_TEST_S3_SERVER");
        let mut command = Command::new(program.unwrap_or_else(|| "moto_server".into()));
        command.args(["-H", "127.0.0.1", "-p", "0"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().ok()?;
        let mut lines = BufReader::new(process.stderr.take()?).lines().map_while(Result::ok);
        let endpoint = lines
            .find_map(|line| line.split_once("Running on ").map(|(_, address)| address.trim().to_owned()));
        match endpoint {
            Some(endpoint) => {
                // Somebody must go on reading what it says, or it cannot go on saying it.
                std::thread::spawn(move || lines.count());
                Some(Self { process, endpoint })
            }
            None => {
                let _ = process.wait();
                None
            }
        }
    }

    async fn make_bucket(&self, name: &str) {
        let answer = reqwest::Client::new().put(format!("{}/{name}", self.endpoint)).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// Failed uploads are taken back in the background, so it may have to be asked more than once.
    async fn has_no_incomplete_upload(&self, bucket: &str) {
        let mut answer = String::new();
        for _ in 0..200 {
            let asked = reqwest::get(format!("{}/{bucket}?uploads", self.endpoint)).await.unwrap();
            answer = asked.text().await.unwrap();
            assert!(answer.contains("ListMultipartUploadsResult"), "{answer}");
            if !answer.contains("<UploadId>") {
                return;
            }
        }
        panic!("an upload was left behind: {answer}");
    }

    fn store(&self, bucket: &str, prefix: &str) -> BlobStore {
        BlobStore::bucket(&BucketSettings {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: self.endpoint.clone(),
            access_key_id: Some("test".to_owned()),
            secret_access_key: Some(Secret::new("test".to_owned())),
            ..BucketSettings::default()
        })
        .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
