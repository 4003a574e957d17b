//! What is particular to the folder: permissions, links, leftovers, restarts.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use metier_blob::BlobStore;

use super::{files, store};

#[tokio::test]
async fn files_and_folders_are_their_owners_alone() {
    let parent = tempfile::tempdir().unwrap();
    let root = parent.path().join("blobs");
    let store = BlobStore::folder(&root).unwrap();
    store.put_bytes("a/b", "x").await.unwrap();
    let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("a"), mode(".tmp"), mode("a/b=blob")), (0o700, 0o700, 0o700, 0o600));
}

#[tokio::test]
async fn a_key_and_a_longer_key_below_it_live_side_by_side() {
    let (store, _folder) = store();
    store.put_bytes("a", "short").await.unwrap();
    store.put_bytes("a/b", "long").await.unwrap();
    assert_eq!(store.get_bytes("a", 10).await.unwrap(), b"short");
    assert_eq!(store.get_bytes("a/b", 10).await.unwrap(), b"long");
}

#[tokio::test]
async fn no_symbolic_link_is_followed() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("b=blob"), "outside").unwrap();
    let (store, folder) = store();
    symlink(outside.path(), folder.path().join("linked")).unwrap();
    symlink(outside.path().join("b=blob"), folder.path().join("file=blob")).unwrap();

    assert!(store.get("linked/b").await.is_err());
    assert!(store.get("file").await.is_err());
    assert!(store.put_bytes("linked/c", "x").await.is_err());
    assert!(store.delete("linked/b").await.is_err());
    // Replacing or deleting a link touches the link, never what it points to.
    store.put_bytes("file", "inside").await.unwrap();
    assert_eq!(files(outside.path()), ["b=blob"]);
    assert_eq!(fs::read_to_string(outside.path().join("b=blob")).unwrap(), "outside");
}

#[tokio::test]
async fn a_deleted_blob_is_gone_with_the_folders_it_leaves_empty() {
    let (store, folder) = store();
    store.put_bytes("a/b/c", "x").await.unwrap();
    store.put_bytes("a/d", "x").await.unwrap();
    store.delete("a/b/c").await.unwrap();
    assert!(store.get("a/b/c").await.is_err());
    assert!(!folder.path().join("a/b").exists() && folder.path().join("a").exists());
    store.delete("a/d").await.unwrap();
    assert!(!folder.path().join("a").exists());
    store.delete("a/d").await.unwrap();
    store.delete("never/was").await.unwrap();
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_swept_and_what_is_being_written_is_spared() {
    let (store, folder) = store();
    let temporary = folder.path().join(".tmp");
    fs::write(temporary.join("left-behind"), "half").unwrap();
    let writing = fs::File::create(temporary.join("being-written")).unwrap();
    writing.lock().unwrap();
    drop(store);
    let store = BlobStore::folder(folder.path()).unwrap();
    assert_eq!(files(folder.path()), [".tmp/being-written"]);
    drop(writing);
    drop(store);
    BlobStore::folder(folder.path()).unwrap();
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn blobs_survive_a_restart() {
    let (store, folder) = store();
    let blob = store.put_bytes("a/b", "x").await.unwrap();
    drop(store);
    BlobStore::folder(folder.path()).unwrap().verify(&blob).await.unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(BlobStore::folder(&folder.path().join("file/blobs")).is_err());
}
