//! Blobs through the store's public door, on a real folder.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod folder;
mod keys;
mod listing;
mod reading;
mod writing;

use metier_blob::BlobStore;
use tempfile::TempDir;

fn store() -> (BlobStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (BlobStore::folder(folder.path()).unwrap(), folder)
}

/// Every file below a folder, relative to it.
fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                waiting.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}
