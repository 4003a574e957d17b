//! Every recorded ad is accounted for.

use std::collections::BTreeSet;

use metier_plugin_sdk::{
    conformance::{Patience, verify},
    trial::sync,
    wire::{Frame, JobsReply, Remote},
};
use serde_json::{Value, json};
use time::{Duration, macros::datetime};

use crate::support::{NOW, plugin, source};

#[tokio::test]
async fn every_recorded_ad_arrives_once_whatever_the_page_size() {
    for page_size in [1, 7, 100, 1_000] {
        let Some(source) = source("/jobtech", &[]).await else { return };
        let synced = sync(&source.address, &Value::Null, page_size).await;
        let ids: BTreeSet<&str> = synced.ids().into_iter().collect();
        assert_eq!(
            (ids.len(), synced.end().fetched, synced.end().complete),
            (59, 59, true),
            "page size {page_size}"
        );
        assert_eq!(synced.count(|frame| matches!(frame, Frame::Rejected { .. })), 0);
    }
}

#[tokio::test]
async fn an_ad_is_converted_in_full() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    let synced = sync(&source.address, &Value::Null, 100).await;
    let posting = synced.posting("30016621");
    assert_eq!(posting.company.as_deref(), Some("REGION SÖRMLAND"));
    assert_eq!(posting.published_at, Some(datetime!(2025-09-11 09:25:57 UTC)));
    assert_eq!(posting.expires_at, Some(datetime!(2025-09-25 21:59:59 UTC)));
    assert_eq!(posting.location.as_ref().unwrap().text.as_deref(), Some("Katrineholm, Södermanlands län"));
    assert_eq!(posting.occupation.as_ref().unwrap().label, "Psykiatrisjuksköterska");
    assert_eq!((posting.language.as_deref(), posting.salary.as_ref()), (Some("sv"), None));
    assert_eq!(posting.fields["must_have_work_experiences"], json!(["Sjuksköterska, psykiatrisk vård"]));
    assert_eq!(synced.posting("30016413").remote, Remote::No);
    assert_eq!(synced.posting("30016393").remote, Remote::Yes);
    assert_eq!(synced.postings().filter(|posting| !posting.skills.must.is_empty()).count(), 3);
}

#[tokio::test]
async fn people_stay_out_of_fields_and_raw() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    let synced = sync(&source.address, &Value::Null, 100).await;
    let (mut people, mut leaks) = (0, Vec::new());
    for posting in synced.postings() {
        let ad: Value = reqwest::get(format!("{}/ad/{}", source.board, posting.original_id))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let shown = format!("{} {}", Value::Object(posting.fields.clone()), posting.raw.as_ref().unwrap());
        for contact in ad["application_contacts"].as_array().unwrap() {
            for what in ["name", "email", "telephone"] {
                let Some(secret) = contact[what].as_str().filter(|it| it.trim().len() > 3) else { continue };
                people += 1;
                if shown.contains(secret.trim()) {
                    leaks.push((posting.original_id.clone(), what));
                }
            }
        }
        assert!(!shown.contains('@'), "a mail address is left in {}", posting.original_id);
    }
    assert!(people > 50, "{people}");
    assert_eq!(leaks, []);
}

#[tokio::test]
async fn a_second_sync_brings_only_what_is_new_and_a_day_later_comes_a_new_snapshot() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    let first = sync(&source.address, &Value::Null, 100).await;
    let second = sync(&source.address, &first.checkpoint(), 100).await;
    assert!(second.ids().len() < 59 && !second.end().complete && second.end().error.is_none());

    assert!(source.replay.patch_ad("30016621", &json!({"headline": "Skötare"})));
    assert!(source.replay.remove_ad("30016413"));
    let tomorrow = plugin(&source.board, &[], NOW + Duration::DAY).await;
    let third = sync(&tomorrow, &second.checkpoint(), 100).await;
    assert_eq!((third.ids().len(), third.end().complete), (58, true));
    assert_eq!(third.posting("30016621").title, "Skötare");
    assert!(!third.ids().contains(&"30016413"));
}

#[tokio::test]
async fn an_ad_found_by_several_queries_is_sent_once() {
    let Some(source) = source("/jobtech", &["--query", "sjuksköterska", "--query", "region"]).await else {
        return;
    };
    let synced = sync(&source.address, &Value::Null, 10).await;
    let unique: BTreeSet<&str> = synced.ids().into_iter().collect();
    assert!(unique.len() > 5 && unique.len() < 59, "{}", unique.len());
    assert_eq!(synced.ids().len(), unique.len());
    let asked: BTreeSet<String> =
        source.replay.requests().iter().map(|it| it.get("q").unwrap().to_owned()).collect();
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn filters_reach_the_api_with_every_request() {
    let flags =
        ["--region", "s93u_BEb_sx2", "--occupation-field", "NYW6_mP6_vwf", "--published-within-days", "30"];
    let Some(source) = source("/jobtech", &flags).await else { return };
    let synced = sync(&source.address, &Value::Null, 100).await;
    assert!(!synced.ids().is_empty() && synced.ids().len() < 59);
    assert!(!synced.end().complete, "a sync of recent ads only is no snapshot");
    for request in source.replay.requests() {
        assert_eq!(request.get("region"), Some("s93u_BEb_sx2"));
        assert_eq!(request.get("published-after").map(|it| &it[..10]), Some("2025-08-13"));
    }
}

#[tokio::test]
async fn the_plain_array_of_2020_is_read_removed_ads_included() {
    let Some(source) = source("/jobtech-2020", &[]).await else { return };
    let synced = sync(&source.address, &Value::Null, 5).await;
    let removed = synced.count(|frame| matches!(frame, Frame::Removed { removed_at: Some(_), .. }));
    assert_eq!((synced.ids().len(), removed, synced.end().fetched), (10, 14, 24));
}

#[tokio::test]
async fn the_source_keeps_the_contract_and_serves_openjobs_too() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    let report = verify(&source.address.parse().unwrap(), Patience::default()).await;
    assert!(report.passed(), "{report}");
    let jobs: JobsReply =
        reqwest::get(format!("{}/jobs", source.address)).await.unwrap().json().await.unwrap();
    assert_eq!((jobs.success, jobs.count), (true, 59));
    assert!(
        jobs.data
            .iter()
            .all(|job| job.id.starts_with("af-") && job.fields["connector"] == "arbetsformedlingen")
    );
}
