//! Writing: whole or not at all, whatever goes wrong on the way.

use std::{io, path::Path, process::Command};

use bytes::Bytes;
use futures::{StreamExt, stream};
use metier_blob::{BlobError, BlobStore};
use metier_core::{Fault, FaultKind};

use super::{files, store};

fn parts(count: usize) -> Vec<io::Result<Bytes>> {
    (0..count).map(|part| Ok(Bytes::from(vec![u8::try_from(part % 251).unwrap(); 10_000]))).collect()
}

#[tokio::test]
async fn streamed_content_comes_back_whole_with_its_size_and_hash() {
    let (store, folder) = store();
    let blob = store.put("logs/run-1", stream::iter(parts(40)), 400_000).await.unwrap();
    assert_eq!((blob.key.as_str(), blob.size), ("logs/run-1", 400_000));
    let expected: Vec<u8> = parts(40).into_iter().flat_map(|part| part.unwrap().to_vec()).collect();
    assert_eq!(store.get_bytes("logs/run-1", 400_000).await.unwrap(), expected);
    assert_eq!(files(folder.path()), ["logs/run-1=blob"]);
}

#[tokio::test]
async fn the_hash_is_the_sha_256_of_the_content() {
    let (store, _folder) = store();
    let blob = store.put_bytes("a", "abc").await.unwrap();
    assert_eq!(blob.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let empty = store.put_bytes("b", "").await.unwrap();
    assert_eq!(empty.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(store.get_bytes("b", 0).await.unwrap(), b"");
}

#[tokio::test]
async fn content_over_the_limit_is_stopped_and_leaves_the_old_content() {
    let (store, folder) = store();
    store.put_bytes("a", "old").await.unwrap();
    // The stream never ends; only the limit stops it.
    let endless = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[0; 1_000])));
    let error = store.put("a", endless, 99_999).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge(99_999)));
    assert_eq!(Fault::from(error).kind, FaultKind::TooLarge);
    assert_eq!(store.get_bytes("a", 10).await.unwrap(), b"old");
    assert_eq!(files(folder.path()), ["a=blob"]);
}

#[tokio::test]
async fn content_that_breaks_off_leaves_nothing() {
    let (store, folder) = store();
    let broken = parts(3).into_iter().chain([Err(io::Error::other("the client left"))]);
    let error = store.put("a", stream::iter(broken), 1_000_000).await.unwrap_err();
    assert!(matches!(error, BlobError::BrokeOff(_)));
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn a_put_that_is_given_up_leaves_nothing() {
    let (store, folder) = store();
    let (begun, wait) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let content = stream::iter(parts(3)).chain(stream::pending()).inspect(move |_| {
        begun.take().map(|begun| begun.send(()));
    });
    let put = tokio::spawn(async move { store.put("a", content, 1_000_000).await });
    wait.await.unwrap();
    put.abort();
    assert!(put.await.unwrap_err().is_cancelled());
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn many_puts_of_one_key_at_once_leave_one_whole_content() {
    let (store, folder) = store();
    let mut puts = tokio::task::JoinSet::new();
    for writer in 0..20_u8 {
        let store = store.clone();
        puts.spawn(async move { store.put_bytes("shared/key", vec![writer; 50_000]).await.unwrap() });
    }
    puts.join_all().await;
    let content = store.get_bytes("shared/key", 50_000).await.unwrap();
    assert!(content.len() == 50_000 && content.iter().all(|byte| *byte == content[0]));
    assert_eq!(files(folder.path()), ["shared/key=blob"]);
}

#[tokio::test]
async fn puts_survive_deletes_that_remove_their_empty_folder() {
    let (store, _folder) = store();
    let mut work = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        work.spawn(async move {
            for round in 0..25 {
                let key = format!("deep/er/folder/{worker}-{round}");
                store.put_bytes(&key, "x").await.unwrap();
                store.delete(&key).await.unwrap();
            }
        });
    }
    work.join_all().await;
}

/// A file system of 64 KiB, for as long as it lives.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(path: &'a Path) -> Option<Self> {
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(path))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).output();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_clearly_and_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(folder.path()) else {
        println!("skipped: mounting a small disk needs root");
        return;
    };
    let store = BlobStore::folder(folder.path()).unwrap();
    store.put_bytes("small", vec![1; 1_000]).await.unwrap();
    for _ in 0..3 {
        let error = store.put("large", stream::iter(parts(20)), 1_000_000).await.unwrap_err();
        assert!(matches!(error, BlobError::Full(_)), "{error:?}");
        assert_eq!(Fault::from(error).kind, FaultKind::Unavailable);
    }
    assert_eq!(files(folder.path()), ["small=blob"]);
    store.put_bytes("small", vec![2; 40_000]).await.unwrap();
    drop(store);
}
