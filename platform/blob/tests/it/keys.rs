//! Keys: nothing that could leave the folder or confuse it.

use metier_blob::BlobKey;
use proptest::prelude::*;

use super::{files, store};

#[test]
fn keys_that_could_leave_the_folder_or_confuse_it_are_refused() {
    let long = "x".repeat(129);
    let deep = ["a"; 17].join("/");
    let bad = [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/./b",
        ".tmp/x",
        "a/.hidden",
        "A",
        "a b",
        "ä",
        "a\\b",
        "a\0b",
        "a=blob",
        "a:b",
        "a\n",
        &long,
        &deep,
    ];
    for key in bad {
        assert!(key.parse::<BlobKey>().is_err(), "{key:?}");
    }
    for key in ["a", "results/0193/7", "a.b-c_d/e..f", "a/b.", &"x".repeat(128), &["a"; 16].join("/")] {
        assert!(key.parse::<BlobKey>().is_ok(), "{key:?}");
    }
}

#[tokio::test]
async fn a_refused_key_touches_nothing() {
    let (store, folder) = store();
    for key in ["../escape", "/tmp/escape", "a/../../escape"] {
        assert!(store.put_bytes(key, "content").await.is_err());
        assert!(store.get(key).await.is_err());
        assert!(store.delete(key).await.is_err());
    }
    assert!(files(folder.path()).is_empty());
}

proptest! {
    #[test]
    fn a_key_that_parses_stays_below_its_folder(text in "[a-z0-9./_-]{0,40}|\\PC{0,40}") {
        if let Ok(key) = text.parse::<BlobKey>() {
            prop_assert_eq!(key.as_str(), &text);
            let path = std::path::Path::new(key.as_str());
            prop_assert!(path.components().all(|part| matches!(part, std::path::Component::Normal(_))));
        }
    }
}
