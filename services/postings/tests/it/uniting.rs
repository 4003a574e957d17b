//! Merges through the store: ids stay good, and a person can take them back.

use metier_postings::{domain::posting::PostingId, ops::postings};
use serde_json::{Value, json};

use crate::bed::{Bed, Plugin, beds, checkpoint, end, posting};

const TEXT: &str = "Vi söker en erfaren utvecklare som vill bygga betalningstjänster i Rust tillsammans med ett litet lag \
    i centrala Stockholm. Du har arbetat med distribuerade system, du skriver tester och du delar gärna med dig.";

async fn board(bed: &Bed, name: &str, ads: &[Value]) {
    let mut lines = ads.to_vec();
    lines.extend([checkpoint(Value::Null), end(true, ads.len() as u64)]);
    let plugin = Plugin::streaming(&lines).await;
    bed.add(name, &plugin).await;
    bed.sync_and_index(name).await;
}

async fn ids(bed: &Bed) -> Vec<PostingId> {
    bed.search("").await.page.hits.iter().map(|hit| hit.id).collect()
}

/// The same text on two boards under addresses of their own, and a third that links to both.
fn ad(id: &str, url: &str) -> Value {
    let mut ad = posting(id, "Rust-utvecklare", TEXT);
    ad["posting"]["url"] = json!(url);
    ad
}

#[tokio::test]
async fn one_opening_on_two_boards_is_one_posting_with_two_sightings_and_a_reason() {
    for bed in beds().await {
        board(&bed, "one", &[ad("1", "https://one.example/1")]).await;
        board(&bed, "other", &[ad("x", "https://other.example/x")]).await;
        let found = ids(&bed).await;
        assert_eq!(found.len(), 1);
        let detail = postings::get(&bed.desk, &bed.admin, found[0]).await.unwrap();
        assert_eq!((detail.sightings.len(), detail.posting.sources.len()), (2, 2));
        assert!(detail.sightings.iter().any(|sighting| !sighting.because.is_empty()), "it says why");
    }
}

#[tokio::test]
async fn an_absorbed_id_finds_the_posting_it_became_and_a_split_brings_it_back_for_good() {
    for bed in beds().await {
        let mut stranger =
            posting("s", "Helt annat arbete", "En annan text utan något gemensamt med den första alls.");
        stranger["posting"]["url"] = json!("https://one.example/strange");
        board(&bed, "one", &[ad("1", "https://one.example/1")]).await;
        board(&bed, "other", &[stranger]).await;
        let before = ids(&bed).await;
        assert_eq!(before.len(), 2);
        // The stranger's ad is rewritten and now plainly is the first one.
        let plugin = Plugin::streaming(&[]).await;
        let mut lines = vec![ad("s", "https://one.example/1")];
        lines.extend([checkpoint(Value::Null), end(true, 1)]);
        plugin.say(&lines);
        metier_postings::ops::sources::remove(&bed.desk, &bed.admin, "nothing").await.unwrap_err();
        repoint(&bed, "other", &plugin.url).await;
        bed.sync_and_index("other").await;
        let (survivor, absorbed) =
            (before.iter().min().copied().unwrap(), before.iter().max().copied().unwrap());
        assert_eq!(ids(&bed).await, [survivor]);
        let by_alias = postings::get(&bed.desk, &bed.admin, absorbed).await.unwrap();
        assert_eq!((by_alias.posting.id, by_alias.aliases), (survivor, vec![absorbed]));
        postings::split(&bed.desk, &bed.admin, absorbed).await.unwrap();
        bed.sync_and_index("other").await;
        assert_eq!(ids(&bed).await.len(), 2, "what a person took apart stays apart");
    }
}

async fn repoint(bed: &Bed, name: &'static str, url: &str) {
    let (now, url) = (bed.clock.now(), url.to_owned());
    let write = bed.desk.database.write(move |tx| {
        Box::pin(async move {
            Ok::<_, metier_db::DbError>(
                metier_postings::store::sources::register(tx, name, &url, "api", now).await?,
            )
        })
    });
    write.await.unwrap();
}
