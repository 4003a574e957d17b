//! Files of items: kept whole or not at all, private, and run item by item.

use std::{io, time::Duration};

use futures::stream;
use metier_core::{Fault, PageRequest, Role};
use metier_jobs::{
    Config, Error, MIGRATIONS,
    domain::bad_items::OnBadItem,
    ops::{
        jobs::{self, Execution},
        runs,
        submit::Submission,
        uploads,
    },
    store::uploads::UploadRow,
};
use metier_testkit::stores;
use serde_json::json;

use crate::{
    bed::{Bed, beds, success, user},
    defining::definition,
    retention::age,
};

async fn put(bed: &Bed, text: &str) -> Result<UploadRow, Error> {
    let parts: Vec<_> = text.as_bytes().chunks(7).map(<[u8]>::to_vec).collect();
    let parts = parts.into_iter().map(|part| Ok::<_, io::Error>(part.into()));
    uploads::put(&bed.engine, &bed.maria, "../counts.json", stream::iter(parts)).await
}

async fn refused(bed: &Bed, text: &str) -> Fault {
    let fault = Fault::from(put(bed, text).await.unwrap_err());
    assert!(keys(bed).await.is_empty(), "a refused file leaves nothing: {fault}");
    fault
}

async fn keys(bed: &Bed) -> Vec<String> {
    let page = bed.tools.blobs.list("uploads/", &PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|entry| entry.key).collect()
}

fn numbers(count: usize) -> String {
    json!((0..count).map(|n| json!({ "n": n })).collect::<Vec<_>>()).to_string()
}

#[tokio::test]
async fn a_file_is_kept_with_its_size_items_and_checksum() {
    for bed in beds().await {
        let upload = put(&bed, "[{\"n\": 1}, {\"n\": 2}]").await.unwrap();
        assert_eq!((upload.size, upload.items, upload.original_name.as_str()), (20, 2, "counts.json"));
        assert_eq!(upload.sha256.len(), 64);
        assert!(upload.name.starts_with("file-1800000000000-") && upload.name.ends_with(".json"));
        for wanted in [upload.id.to_string(), upload.name.clone()] {
            assert_eq!(uploads::get(&bed.engine, &bed.maria, &wanted).await.unwrap(), upload);
        }
    }
}

#[tokio::test]
async fn what_is_no_file_of_items_is_refused_and_leaves_nothing() {
    for bed in beds().await {
        for text in ["", "7", "[{\"n\": 1}", "<items/>", "[1] 2"] {
            assert_eq!(refused(&bed, text).await.code, "upload_unreadable", "{text}");
        }
        let endless = format!("[{{\"n\": 1}}, \"{}\"]", "x".repeat(300_000));
        let fault = refused(&bed, &endless).await;
        assert_eq!((&*fault.code, fault.message.as_str()), ("item_too_large", "item 1 is over 65536 bytes"));
    }
}

#[tokio::test]
async fn a_file_over_the_limit_and_one_too_many_are_refused() {
    for store in stores("jobs", &MIGRATIONS).await {
        let config = Config { max_upload_bytes: 100, max_uploads: 2, ..Config::default() };
        let bed = Bed::on(store, config).await;
        let fault = refused(&bed, &numbers(100)).await;
        assert_eq!(fault.code, "content_too_large");
        put(&bed, "[]").await.unwrap();
        put(&bed, "[]").await.unwrap();
        let fault = Fault::from(put(&bed, "[]").await.unwrap_err());
        assert_eq!(fault.code, "too_many_uploads");
        assert_eq!(keys(&bed).await.len(), 2);
    }
    for store in stores("jobs", &MIGRATIONS).await {
        let bed = Bed::on(store, Config { max_uploaded_bytes: 100, ..Config::default() }).await;
        put(&bed, &numbers(100)).await.unwrap();
        let fault = Fault::from(put(&bed, "[]").await.unwrap_err());
        assert_eq!(fault.code, "too_many_uploads");
        let kept = uploads::list(&bed.engine, &bed.maria, &PageRequest::default()).await.unwrap();
        uploads::delete(&bed.engine, &bed.maria, &kept.items[0].name).await.unwrap();
        put(&bed, "[]").await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_leaves_nothing() {
    for bed in beds().await {
        let parts = [Ok("[{\"n\":".into()), Err(io::Error::other("gone"))];
        let broken = uploads::put(&bed.engine, &bed.maria, "a.json", stream::iter(parts)).await.unwrap_err();
        assert_eq!(Fault::from(broken).code, "content_broke_off");
        assert!(keys(&bed).await.is_empty());
    }
}

#[tokio::test]
async fn nobody_reaches_anothers_file_and_no_name_leads_out_of_ones_own() {
    for bed in beds().await {
        let upload = put(&bed, "[]").await.unwrap();
        let (engine, other, admin) = (&bed.engine, user(7, Role::User), user(8, Role::Admin));
        for ctx in [&other, &admin] {
            for wanted in [upload.id.to_string(), upload.name.clone()] {
                let hidden = uploads::get(engine, ctx, &wanted).await.unwrap_err();
                assert_eq!(Fault::from(hidden).code, "not_found");
                let hidden = uploads::delete(engine, ctx, &wanted).await.unwrap_err();
                assert_eq!(Fault::from(hidden).code, "not_found");
                let hidden = uploads::submit(engine, ctx, &wanted, bed.submission(0)).await.unwrap_err();
                assert_eq!(Fault::from(hidden).code, "not_found");
            }
            let page = uploads::list(engine, ctx, &PageRequest::default()).await.unwrap();
            assert!(page.items.is_empty());
        }
        let viewer = uploads::list(engine, &user(9, Role::Viewer), &PageRequest::default()).await;
        assert_eq!(Fault::from(viewer.unwrap_err()).code, "permission_denied");
        let key = keys(&bed).await.pop().unwrap();
        for wanted in ["../uploads", "counts.json", "/etc/passwd", &key, "", "file-1800000000000-%"] {
            let hidden = uploads::get(engine, &bed.maria, wanted).await.unwrap_err();
            assert_eq!(Fault::from(hidden).code, "not_found", "{wanted}");
        }
    }
}

#[tokio::test]
async fn pages_are_newest_first_and_lose_nothing() {
    for bed in beds().await {
        let mut made = Vec::new();
        for _ in 0..5 {
            bed.clock.advance(Duration::from_secs(1));
            made.push(put(&bed, "[]").await.unwrap().id);
        }
        made.reverse();
        let (mut page, mut seen) = (PageRequest { limit: 2, after: None }, Vec::new());
        loop {
            let found = uploads::list(&bed.engine, &bed.maria, &page).await.unwrap();
            seen.extend(found.items.into_iter().map(|row| row.id));
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, made);
    }
}

#[tokio::test]
async fn every_item_of_a_file_becomes_a_task_in_its_order() {
    for bed in beds().await {
        let upload = put(&bed, &numbers(1_234)).await.unwrap();
        let submitted =
            uploads::submit(&bed.engine, &bed.maria, &upload.name, bed.submission(0)).await.unwrap();
        let run = runs::submitted(&bed.engine, &bed.maria, submitted.number).await.unwrap();
        assert_eq!(run.row.size, 1_234);
        let claimed = bed.claim(1_000).await;
        for (index, (task, _token)) in claimed.tasks.iter().enumerate() {
            assert_eq!(task.parameters, json!({ "n": index }).to_string());
        }
        bed.report(&claimed, success()).await;
        bed.report(&bed.claim(1_000).await, success()).await;
        let run = runs::submitted(&bed.engine, &bed.maria, submitted.number).await.unwrap();
        assert_eq!((run.row.succeeded, run.row.state.as_str()), (1_234, "succeeded"));
        uploads::delete(&bed.engine, &bed.maria, &upload.name).await.unwrap();
        assert!(keys(&bed).await.is_empty());
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_file_runs_as_a_job_does_with_each_item_laid_over_its_parameters() {
    for bed in beds().await {
        let (engine, maria) = (&bed.engine, user(3, Role::Operator));
        jobs::create(engine, &maria, "nightly", definition(1)).await.unwrap();
        let parts = stream::iter([Ok::<_, io::Error>("[{}, {\"n\": 9}]".into())]);
        let upload = uploads::put(engine, &maria, "counts.json", parts).await.unwrap();
        let of_file = |name: &str| Execution { upload: Some(name.to_owned()), ..Execution::default() };
        let submitted = jobs::execute(engine, &maria, "nightly", of_file(&upload.name)).await.unwrap();
        let run = runs::submitted(engine, &maria, submitted.number).await.unwrap().row;
        assert_eq!((run.size, run.queue.as_str(), run.priority), (2, "nightly", 3));
        let parameters: Vec<_> =
            bed.claim(9).await.tasks.into_iter().map(|(task, _)| task.parameters).collect();
        assert_eq!(parameters, ["{\"n\":1}", "{\"n\":9}"]);
        let unknown = jobs::execute(engine, &maria, "nightly", of_file("no.json")).await.unwrap_err();
        assert_eq!(Fault::from(unknown).code, "not_found");
    }
}

#[tokio::test]
async fn one_bad_item_is_named_by_its_position_and_nothing_runs() {
    for bed in beds().await {
        let mut items: Vec<_> = (0..10_000).map(|n| json!({ "n": n })).collect();
        items[7_654] = json!({ "n": "many" });
        let upload = put(&bed, &json!(items).to_string()).await.unwrap();
        let fault = uploads::submit(&bed.engine, &bed.maria, &upload.name, bed.submission(0)).await;
        let fault = Fault::from(fault.unwrap_err());
        assert_eq!(
            (&*fault.code, fault.violations[0].field.as_str()),
            ("invalid_parameters", "/items/7654/n")
        );
        let counts = runs::counts(&bed.engine, &bed.maria).await.unwrap();
        assert!(counts.iter().all(|row| row.count == 0));
    }
}

#[tokio::test]
async fn bad_items_are_left_out_counted_and_named_when_the_others_are_to_run() {
    for bed in beds().await {
        let mut items: Vec<_> = (0..10_000).map(|n| json!({ "n": n })).collect();
        items[7_654] = json!({ "n": "many\u{0}" });
        let upload = put(&bed, &json!(items).to_string()).await.unwrap();
        let submission = Submission { on_bad_item: OnBadItem::Skip, ..bed.submission(0) };
        let submitted = uploads::submit(&bed.engine, &bed.maria, &upload.name, submission).await.unwrap();
        let run = runs::submitted(&bed.engine, &bed.maria, submitted.number).await.unwrap().row;
        assert_eq!((run.size, run.ready, run.bad_items), (9_999, 9_999, 1));
        let number = submitted.number.to_string();
        let (count, bad) = runs::bad_items(&bed.engine, &bed.maria, &number).await.unwrap();
        assert_eq!((count, bad.len(), bad[0].position), (1, 1, 7_654));
        assert!(bad[0].reason.starts_with("/n ") && bad[0].reason.contains("many"), "{}", bad[0].reason);
        let hidden = runs::bad_items(&bed.engine, &user(7, Role::User), &number).await.unwrap_err();
        assert_eq!(Fault::from(hidden).code, "not_found");
        bed.recount().await;
    }
}

#[tokio::test]
async fn the_first_thousand_bad_items_are_kept_and_leave_with_their_run() {
    for bed in beds().await {
        let items: Vec<_> = (0..1_501).map(|n| if n == 0 { json!({ "n": n }) } else { json!(n) }).collect();
        let skip = |items| Submission { items, on_bad_item: OnBadItem::Skip, ..bed.submission(0) };
        let run = bed.submit_as(&bed.maria, skip(items)).await.unwrap();
        let (count, bad) = runs::bad_items(&bed.engine, &bed.maria, &run.to_string()).await.unwrap();
        assert_eq!((count, bad.len(), bad[999].position), (1_500, 1_000, 1_000));

        let fault = Fault::from(bed.submit_as(&bed.maria, skip(vec![json!(1), json!(2)])).await.unwrap_err());
        assert_eq!((&*fault.code, &*fault.violations[1].field), ("invalid_parameters", "/items/1"));
        bed.report(&bed.claim(1).await, success()).await;
        age(&bed, 31).await;
        metier_jobs::ops::forget::forget(&bed.engine).await.unwrap();
        let gone = runs::bad_items(&bed.engine, &bed.maria, &run.to_string()).await.unwrap_err();
        assert_eq!(Fault::from(gone).code, "not_found");
    }
}

#[tokio::test]
async fn a_file_of_more_items_than_a_run_takes_says_so() {
    for store in stores("jobs", &MIGRATIONS).await {
        let bed = Bed::on(store, Config { max_items: 10, ..Config::default() }).await;
        let upload = put(&bed, &numbers(11)).await.unwrap();
        let fault = uploads::submit(&bed.engine, &bed.maria, &upload.name, bed.submission(0)).await;
        assert_eq!(Fault::from(fault.unwrap_err()).code, "too_many_items");
    }
}

#[tokio::test]
async fn a_key_submits_a_file_once() {
    for bed in beds().await {
        let upload = put(&bed, &numbers(3)).await.unwrap();
        let mut submission = bed.submission(0);
        submission.key = Some(("once".into(), "same".into()));
        let first = uploads::submit(&bed.engine, &bed.maria, &upload.name, submission.clone()).await.unwrap();
        let second = uploads::submit(&bed.engine, &bed.maria, &upload.name, submission).await.unwrap();
        assert_eq!((first.number, first.replayed, second.replayed), (second.number, false, true));
    }
}

#[tokio::test]
async fn old_files_leave_and_what_a_crash_left_is_swept_after_a_day() {
    for bed in beds().await {
        put(&bed, "[]").await.unwrap();
        let crashed = bed.tools.random.uuid(bed.clock.now()).simple();
        bed.tools.blobs.put_bytes(&format!("uploads/{crashed}"), "[]").await.unwrap();
        bed.clock.advance(Duration::from_secs(23 * 60 * 60));
        assert_eq!(uploads::sweep(&bed.engine).await.unwrap(), 0, "it may still be on its way");
        bed.clock.advance(Duration::from_secs(2 * 60 * 60));
        assert_eq!((uploads::sweep(&bed.engine).await.unwrap(), keys(&bed).await.len()), (1, 1));
        assert_eq!(uploads::forget(&bed.engine).await.unwrap(), 0);
        bed.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
        assert_eq!((uploads::forget(&bed.engine).await.unwrap(), keys(&bed).await.len()), (1, 0));
    }
}
