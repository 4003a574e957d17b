//! Lists: by prefix, in order, page by page, each key once.

use std::collections::BTreeSet;

use metier_blob::BlobStore;
use metier_core::{Cursor, PageRequest};
use proptest::prelude::*;

use super::store;

/// Every key below a prefix, walked page by page.
pub(crate) async fn walk(store: &BlobStore, prefix: &str, limit: u32) -> Vec<String> {
    let mut page = PageRequest { limit, after: None };
    let mut keys = Vec::new();
    loop {
        let found = store.list(prefix, &page).await.unwrap();
        assert!(found.items.len() <= limit as usize);
        keys.extend(found.items.into_iter().map(|entry| entry.key));
        match found.next {
            Some(next) => page.after = Some(next),
            None => return keys,
        }
    }
}

#[tokio::test]
async fn blobs_are_listed_by_prefix_in_the_order_of_their_keys_with_their_sizes() {
    let (store, _folder) = store();
    for key in ["b", "a/c", "a", "a.b", "a-b", "a0", "a/b/c", "ab/x"] {
        store.put_bytes(key, key).await.unwrap();
    }
    assert_eq!(walk(&store, "", 3).await, ["a", "a-b", "a.b", "a/b/c", "a/c", "a0", "ab/x", "b"]);
    assert_eq!(walk(&store, "a/", 1).await, ["a/b/c", "a/c"]);
    assert_eq!(walk(&store, "ab", 10).await, ["ab/x"]);
    assert!(walk(&store, "z", 10).await.is_empty());
    let page = store.list("a/b", &PageRequest::default()).await.unwrap();
    assert_eq!(page.items[0].size, 5);
}

#[tokio::test]
async fn strange_files_in_the_folder_are_not_listed() {
    let (store, folder) = store();
    store.put_bytes("a", "x").await.unwrap();
    std::fs::write(folder.path().join("stray"), "x").unwrap();
    std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
    assert_eq!(walk(&store, "", 10).await, ["a"]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let (store, _folder) = store();
    let page = PageRequest { limit: 1, after: Some(Cursor::of(&5)) };
    assert_eq!(store.list("", &page).await.unwrap_err().code, "invalid_parameters");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pages_of_any_size_give_every_key_once_in_order(
        keys in proptest::collection::btree_set("[ab.-]?[ab0](/[ab.-]?[ab0]){0,2}", 0..20),
        prefix in "[ab]?(/[ab])?",
        limit in 1..7_u32,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (store, _folder) = store();
        let keys: BTreeSet<String> = keys.into_iter().filter(|key| key.parse::<metier_blob::BlobKey>().is_ok()).collect();
        let listed = runtime.block_on(async {
            for key in &keys {
                store.put_bytes(key, "").await.unwrap();
            }
            walk(&store, &prefix, limit).await
        });
        let expected: Vec<_> = keys.into_iter().filter(|key| key.starts_with(&prefix)).collect();
        prop_assert_eq!(listed, expected);
    }
}
