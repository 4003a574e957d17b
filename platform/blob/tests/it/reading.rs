//! Reading: ranges, limits, damage, and readers that outlive the blob.

use futures::TryStreamExt;
use metier_blob::{BlobError, BlobStore};
use metier_core::{Fault, FaultKind};
use proptest::prelude::*;

use super::store;

async fn range(store: &BlobStore, range: std::ops::Range<u64>) -> Result<Vec<u8>, BlobError> {
    let parts: Vec<_> = store.get_range("a", range).await?.content.try_collect().await?;
    Ok(parts.concat())
}

#[tokio::test]
async fn a_range_is_the_part_it_names_and_ends_with_the_blob() {
    let (store, _folder) = store();
    store.put_bytes("a", "0123456789").await.unwrap();
    assert_eq!(range(&store, 2..5).await.unwrap(), b"234");
    assert_eq!(range(&store, 8..100).await.unwrap(), b"89");
    assert_eq!(range(&store, 10..11).await.unwrap(), b"");
    #[expect(clippy::reversed_empty_ranges, reason = "what a careless caller sends")]
    let reversed = range(&store, 5..2).await.unwrap();
    assert_eq!(reversed, b"");
    assert_eq!(store.get_range("a", 2..5).await.unwrap().size, 10);
    let error = range(&store, 11..12).await.unwrap_err();
    assert!(matches!(error, BlobError::BeyondEnd { start: 11, size: 10 }));
    assert_eq!(Fault::from(error).kind, FaultKind::Invalid);
}

#[tokio::test]
async fn a_blob_that_is_not_there_is_not_found() {
    let (store, _folder) = store();
    store.put_bytes("a/b", "x").await.unwrap();
    for key in ["a", "b", "a/b/c", "x/y/z"] {
        let error = store.get(key).await.unwrap_err();
        assert_eq!(Fault::from(error).kind, FaultKind::NotFound, "{key}");
    }
}

#[tokio::test]
async fn a_blob_larger_than_the_reader_allows_is_not_read() {
    let (store, _folder) = store();
    store.put_bytes("a", "0123456789").await.unwrap();
    assert!(matches!(store.get_bytes("a", 9).await, Err(BlobError::TooLarge(9))));
}

#[tokio::test]
async fn a_reader_keeps_its_content_while_the_blob_is_replaced_and_deleted() {
    let (store, _folder) = store();
    store.put_bytes("a", vec![1; 200_000]).await.unwrap();
    let reading = store.get("a").await.unwrap();
    store.put_bytes("a", vec![2; 10]).await.unwrap();
    store.delete("a").await.unwrap();
    let parts: Vec<_> = reading.content.try_collect().await.unwrap();
    assert_eq!(parts.concat(), vec![1; 200_000]);
}

#[tokio::test]
async fn changed_or_cut_content_is_noticed() {
    let (store, folder) = store();
    let blob = store.put_bytes("a", "0123456789").await.unwrap();
    store.verify(&blob).await.unwrap();
    for damaged in ["012345678", "0123456780", "01234567890"] {
        std::fs::write(folder.path().join("a=blob"), damaged).unwrap();
        assert!(matches!(store.verify(&blob).await, Err(BlobError::Damaged(_))), "{damaged}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_range_is_the_same_slice(content in proptest::collection::vec(any::<u8>(), 0..300), start in 0..400_u64, end in 0..400_u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (store, _folder) = store();
        let read = runtime.block_on(async {
            store.put_bytes("a", content.clone()).await.unwrap();
            range(&store, start..end).await
        });
        let length = content.len() as u64;
        if start > length {
            prop_assert!(read.is_err());
        } else {
            let end = usize::try_from(end.min(length).max(start)).unwrap();
            prop_assert_eq!(read.unwrap(), &content[usize::try_from(start).unwrap()..end]);
        }
    }
}
