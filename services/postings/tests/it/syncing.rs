//! Syncs: every entry accounted for, nothing stored lost.

use std::time::Duration;

use metier_core::Fault;
use metier_db::DbError;
use metier_postings::{
    Error,
    ops::{postings, sources, upkeep},
    store,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bed::{Bed, Plugin, Script, beds, checkpoint, end, posting};

fn three() -> Vec<Value> {
    vec![
        posting("1", "Sjuksköterska", "Vi söker sjuksköterskor till akutmottagningen."),
        posting("2", "Systemutvecklare", "Du utvecklar tjänster i Rust och Go."),
        posting("3", "Lärare i matematik", "Undervisning på gymnasiet."),
    ]
}

fn with_end(mut lines: Vec<Value>, complete: bool) -> Vec<Value> {
    let count = lines.len() as u64;
    lines.extend([checkpoint(Value::Null), end(complete, count)]);
    lines
}

#[tokio::test]
async fn a_second_sync_adds_nothing_and_a_changed_ad_updates() {
    for bed in beds().await {
        let plugin = Plugin::streaming(&with_end(three(), true)).await;
        bed.add("board", &plugin).await;
        let first = bed.sync_and_index("board").await;
        assert_eq!((first.fetched, first.new, first.state), (3, 3, "succeeded"));
        let second = bed.sync_and_index("board").await;
        assert_eq!((second.fetched, second.new, second.updated, second.duplicate), (3, 0, 0, 3));
        let mut changed = three();
        changed[1]["posting"]["title"] = json!("Systemutvecklare, Rust");
        plugin.say(&with_end(changed, true));
        let third = bed.sync_and_index("board").await;
        assert_eq!((third.updated, third.duplicate), (1, 2));
        let found = bed.search("rust").await;
        assert_eq!((found.page.total, found.page.hits[0].title.text.as_str()), (1, "Systemutvecklare, Rust"));
    }
}

#[tokio::test]
async fn swedish_words_are_found_by_stem_and_by_typo() {
    for bed in beds().await {
        let plugin = Plugin::streaming(&with_end(three(), true)).await;
        bed.add("board", &plugin).await;
        bed.sync_and_index("board").await;
        for words in ["sjuksköterskorna", "sjukskötreska", "matematiken"] {
            assert_eq!(bed.search(words).await.page.total, 1, "{words}");
        }
    }
}

#[tokio::test]
async fn one_bad_posting_is_rejected_with_its_reason_and_harms_no_other() {
    for bed in beds().await {
        let mut lines = three();
        lines.insert(1, json!({"type": "posting", "posting": {"original_id": "bad", "title": ""}}));
        lines.push(json!({"type": "rejected", "original_id": "worse", "reason": "title: is empty"}));
        let plugin = Plugin::streaming(&with_end(lines, true)).await;
        bed.add("board", &plugin).await;
        let account = bed.sync("board").await.unwrap();
        assert_eq!((account.fetched, account.new, account.rejected), (5, 3, 2));
        assert_eq!(account.rejections[0].original_id.as_deref(), Some("bad"));
    }
}

#[tokio::test]
async fn a_stream_without_an_end_keeps_what_came_and_fails() {
    for bed in beds().await {
        let mut lines = three();
        lines.insert(1, checkpoint(json!({"page": 1})));
        let plugin = Plugin::streaming(&lines).await;
        bed.add("board", &plugin).await;
        let failed = bed.sync("board").await.unwrap_err();
        assert!(matches!(failed, Error::Unreachable { .. }), "{failed}");
        let syncs = sources::syncs(&bed.desk, &bed.admin, "board", (None, 10)).await.unwrap();
        assert_eq!((syncs[0].state.as_str(), syncs[0].new, syncs[0].complete), ("partial", 3, 0));
        plugin.say(&with_end(three(), false));
        bed.sync("board").await.unwrap();
        assert_eq!(
            plugin.asked.lock().unwrap()[1]["checkpoint"],
            json!({"page": 1}),
            "it goes on where it was"
        );
    }
}

#[tokio::test]
async fn only_two_complete_looks_in_a_row_end_a_posting_and_seeing_it_again_revives_it() {
    for bed in beds().await {
        let plugin = Plugin::streaming(&with_end(three(), true)).await;
        bed.add("board", &plugin).await;
        bed.sync_and_index("board").await;
        let fewer = || three().into_iter().take(2).collect::<Vec<_>>();
        plugin.say(&with_end(fewer(), false));
        bed.sync_and_index("board").await;
        plugin.say(&with_end(fewer(), true));
        bed.sync_and_index("board").await;
        assert_eq!(bed.search("matematik").await.page.total, 1, "missed once");
        bed.sync_and_index("board").await;
        assert_eq!(bed.search("matematik").await.page.total, 0, "missed twice");
        plugin.say(&with_end(three(), true));
        bed.sync_and_index("board").await;
        assert_eq!(bed.search("matematik").await.page.total, 1, "seen again");
    }
}

#[tokio::test]
async fn the_sources_own_date_and_its_own_removal_end_a_posting() {
    for bed in beds().await {
        let mut lines = three();
        let end_of_time = bed.clock.now().plus(Duration::from_secs(3_600));
        lines[0]["posting"]["expires_at"] = json!(end_of_time.to_string());
        let plugin = Plugin::streaming(&with_end(lines, false)).await;
        bed.add("board", &plugin).await;
        bed.sync_and_index("board").await;
        bed.clock.advance(Duration::from_secs(3_601));
        assert_eq!(upkeep::expire(&bed.desk).await.unwrap(), 1);
        plugin.say(&with_end(vec![json!({"type": "removed", "original_id": "2"})], false));
        let account = bed.sync_and_index("board").await;
        assert_eq!((account.removed, account.fetched), (1, 0));
        let found = bed.search("").await;
        assert_eq!(
            found.page.hits.iter().map(|hit| hit.title.text.as_str()).collect::<Vec<_>>(),
            ["Lärare i matematik"]
        );
    }
}

#[tokio::test]
async fn a_source_of_ads_past_their_deadline_is_no_silent_zero_but_says_how_many() {
    for bed in beds().await {
        let mut lines = three();
        for line in &mut lines {
            line["posting"]["expires_at"] = json!("2026-12-31T00:00:00Z");
        }
        let plugin = Plugin::streaming(&with_end(lines.clone(), true)).await;
        bed.add("board", &plugin).await;
        let account = bed.sync_and_index("board").await;
        assert_eq!((account.fetched, account.new, account.past_deadline), (3, 3, 3));
        assert_eq!(account.notes, ["3 already past their deadline"]);
        assert_eq!(bed.search("").await.page.total, 0, "what has ended is not offered");
        let again = bed.sync("board").await.unwrap();
        assert_eq!((again.duplicate, again.past_deadline), (3, 3), "it says so each time");
        lines[0]["posting"]["expires_at"] = json!("2027-12-31T00:00:00Z");
        plugin.say(&with_end(lines, true));
        let moved = bed.sync_and_index("board").await;
        assert_eq!((moved.updated, moved.past_deadline), (1, 2));
        assert_eq!(bed.search("").await.page.total, 1, "a deadline that moved on brings it back");
    }
}

#[tokio::test]
async fn an_ad_that_is_taken_down_and_shown_again_in_one_stream_is_on_offer() {
    for bed in beds().await {
        let mut lines = three();
        lines.push(json!({"type": "removed", "original_id": "1"}));
        lines.push(checkpoint(json!({"page": 1})));
        lines.push(three().remove(0));
        let plugin = Plugin::streaming(&with_end(lines, false)).await;
        bed.add("board", &plugin).await;
        bed.sync_and_index("board").await;
        assert_eq!(bed.search("").await.page.total, 3);
    }
}

#[tokio::test]
async fn many_pages_are_each_accounted_for_and_the_last_checkpoint_is_kept() {
    for bed in beds().await {
        let mut lines = Vec::new();
        for page in 0..30 {
            for number in 0..100 {
                let number = page * 100 + number;
                lines.push(posting(
                    &number.to_string(),
                    &format!("Arbete {number}"),
                    &format!("Text {number}"),
                ));
            }
            lines.push(checkpoint(json!({ "page": page })));
            lines.push(json!({"type": "warning", "reason": format!("page {page} was slow")}));
        }
        lines.push(end(false, 3_000));
        let plugin = Plugin::streaming(&lines).await;
        bed.add("board", &plugin).await;
        let account = bed.sync_and_index("board").await;
        assert_eq!((account.fetched, account.new, account.warnings.len()), (3_000, 3_000, 30));
        assert_eq!(bed.search("").await.page.total, 3_000);
        let source = sources::get(&bed.desk, &bed.admin, "board").await.unwrap();
        assert_eq!(source.checkpoint.as_deref(), Some("{\"page\":29}"));
        let again = bed.sync("board").await.unwrap();
        assert_eq!((again.new, again.duplicate), (0, 3_000));
    }
}

#[tokio::test]
async fn a_legacy_plugin_is_read_and_never_ends_anything_by_absence() {
    for bed in beds().await {
        let job = |id: &str| json!({"id": id, "title": format!("Job {id}"), "company": "Firma", "description": "text"});
        let list = |ids: &[&str]| json!({"status": "success", "jobs": ids.iter().map(|id| job(id)).collect::<Vec<_>>()});
        let plugin = Plugin::legacy(200, &list(&["a", "b"]).to_string()).await;
        bed.add("jooble", &plugin).await;
        assert_eq!(bed.sync_and_index("jooble").await.new, 2);
        for _ in 0..3 {
            plugin.script.lock().unwrap().body = list(&["a"]).to_string();
            bed.sync_and_index("jooble").await;
        }
        assert_eq!(bed.search("").await.page.total, 2);
    }
}

async fn refusal(bed: &Bed, name: &str, script: Script) -> Fault {
    let plugin = Plugin::serve(script).await;
    bed.add(name, &plugin).await;
    Fault::from(bed.sync(name).await.err().unwrap())
}

#[tokio::test]
async fn plain_text_errors_redirects_and_lists_that_are_none_are_told_apart_and_kept_out() {
    for bed in beds().await {
        let script = |status, body: &str| Script {
            health: json!({"status": "healthy"}),
            status,
            headers: vec![],
            body: body.to_owned(),
        };
        let fault = refusal(&bed, "plain", script(500, "Sync failed: upstream away")).await;
        assert!(fault.message.contains("upstream away"), "{fault}");
        let fault = refusal(&bed, "cut", script(200, "{\"success\": true, \"data\": [{")).await;
        assert!(fault.message.contains("not valid JSON"), "{fault}");
        let fault = refusal(&bed, "hits", script(200, "{\"hits\": {\"hits\": []}}")).await;
        assert!(fault.message.contains("no list of postings"), "{fault}");
        let mut moved = script(302, "");
        moved.headers = vec![("location", "http://10.0.0.1/jobs".to_owned())];
        let fault = refusal(&bed, "moved", moved).await;
        assert!(fault.message.contains("redirect"), "{fault}");
        assert_eq!(
            store::postings::last_position(bed.desk.database.reader()).await.unwrap(),
            0,
            "nothing was stored"
        );
    }
}

#[tokio::test]
async fn a_silent_zero_of_a_source_that_used_to_bring_something_is_an_alarm() {
    for bed in beds().await {
        let plugin = Plugin::streaming(&with_end(three(), true)).await;
        bed.add("board", &plugin).await;
        bed.sync("board").await.unwrap();
        plugin.say(&with_end(vec![], true));
        let account = bed.sync("board").await.unwrap();
        assert_eq!((account.state, account.alarms.len()), ("partial", 1));
    }
}

#[tokio::test]
async fn an_unreachable_source_says_so_in_its_health_and_its_sync_fails() {
    for bed in beds().await {
        let gone = Plugin { url: "http://127.0.0.1:9".into(), ..Plugin::streaming(&[]).await };
        bed.add("gone", &gone).await;
        let fault = Fault::from(bed.sync("gone").await.err().unwrap());
        assert_eq!(fault.code, "source_unreachable");
        let source = sources::get(&bed.desk, &bed.admin, "gone").await.unwrap();
        assert_eq!(source.condition, "unreachable");
        assert_eq!(sources::health(&bed.desk, &bed.admin, "gone").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_removed_source_takes_only_its_own_along() {
    for bed in beds().await {
        let (one, other) = (
            Plugin::streaming(&with_end(three(), true)).await,
            Plugin::streaming(&with_end(three(), true)).await,
        );
        bed.add("one", &one).await;
        bed.add("other", &other).await;
        bed.sync("one").await.unwrap();
        let merged = bed.sync_and_index("other").await;
        assert_eq!((merged.new, merged.merged), (3, 3), "the same ads on two boards are one posting each");
        assert_eq!(sources::remove(&bed.desk, &bed.admin, "one").await.unwrap(), 3);
        bed.desk.index.catch_up(&bed.desk.database).await.unwrap();
        let found = bed.search("").await;
        assert_eq!(found.page.total, 3);
        let detail = postings::get(&bed.desk, &bed.admin, found.page.hits[0].id).await.unwrap();
        assert_eq!(detail.posting.sources, ["other"]);
    }
}

#[tokio::test]
async fn an_index_that_is_ahead_or_gone_is_built_anew_from_the_database() {
    for bed in beds().await {
        let plugin = Plugin::streaming(&with_end(three(), true)).await;
        bed.add("board", &plugin).await;
        bed.sync_and_index("board").await;
        let write = bed.desk.database.write(|tx| {
            Box::pin(async move {
                metier_db::sql::execute(tx, "UPDATE posting_positions SET position = 1", vec![]).await?;
                Ok::<_, metier_db::DbError>(
                    metier_db::sql::execute(tx, "DELETE FROM postings WHERE position > 1", vec![]).await?,
                )
            })
        });
        write.await.unwrap();
        bed.desk.index.catch_up(&bed.desk.database).await.unwrap();
        assert_eq!(bed.search("").await.page.total, 1);
    }
}

/// The sightings that a sync which began at this moment, and showed nothing, finds missing once `meanwhile` has happened.
async fn missing_after(bed: &Bed, meanwhile: impl Future<Output = ()>) -> usize {
    let (id, now) = (Uuid::now_v7(), bed.clock.now());
    let begun = bed.desk.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(store::syncs::begin(tx, id, ("board", "run"), now).await?) })
    });
    begun.await.unwrap();
    bed.clock.advance(Duration::from_secs(1));
    meanwhile.await;
    let unseen = bed.desk.database.write(move |tx| {
        Box::pin(async move { Ok::<_, DbError>(store::sightings::unseen(tx, "board", id, ("", 10)).await?) })
    });
    unseen.await.unwrap().len()
}

#[tokio::test]
async fn what_another_sync_shows_at_the_same_time_is_not_missing() {
    for bed in beds().await {
        bed.add("board", &Plugin::streaming(&with_end(three(), true)).await).await;
        bed.sync("board").await.unwrap();
        bed.clock.advance(Duration::from_secs(1));
        assert_eq!(missing_after(&bed, async { drop(bed.sync("board").await.unwrap()) }).await, 0);
        bed.clock.advance(Duration::from_secs(1));
        assert_eq!(missing_after(&bed, async {}).await, 3);
    }
}
