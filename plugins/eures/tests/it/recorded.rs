//! Every recorded ad is accounted for.

use std::collections::{BTreeMap, BTreeSet};

use metier_plugin_sdk::{
    conformance::{Patience, verify},
    trial::sync,
    wire::{Frame, Health, JobsReply},
};
use serde_json::Value;
use time::Duration;

use crate::support::{KEY, NOW, Source, plugin, source};

async fn with_key(flags: &[&str]) -> Option<Source> {
    source("/adzuna", &[&KEY, flags].concat()).await
}

#[tokio::test]
async fn every_recorded_ad_of_every_country_is_accounted_for() {
    let Some(source) = with_key(&[]).await else { return };
    let synced = sync(&source.address, &Value::Null, 50).await;
    let unique: BTreeSet<&str> = synced.ids().into_iter().collect();
    assert_eq!(unique.len(), synced.ids().len());
    assert_eq!(synced.count(|frame| matches!(frame, Frame::Rejected { .. } | Frame::Warning { .. })), 0);
    // 1,462 French objects of which 4 repeat, 179 British, 75 American.
    assert_eq!((synced.ids().len(), synced.end().complete), (1_458 + 179 + 75, true));
    assert_eq!(synced.end().note.as_deref(), Some("1712 different ads, 4 repeats"));
    let asked: BTreeSet<String> =
        source.replay.requests().iter().map(|it| it.path.split('/').nth(5).unwrap().to_owned()).collect();
    assert_eq!(asked.len(), 19, "every country is asked");
}

#[tokio::test]
async fn each_country_has_its_own_currency_and_no_end_is_invented() {
    let Some(source) = with_key(&[]).await else { return };
    let synced = sync(&source.address, &Value::Null, 50).await;
    let mut currencies: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for posting in synced.postings() {
        assert_eq!(posting.expires_at, None);
        assert!(
            !posting.title.contains('<')
                && !posting.description.as_ref().unwrap().content.contains("<strong>")
        );
        if let Some(salary) = &posting.salary {
            let country = posting.location.as_ref().unwrap().country.as_deref().unwrap();
            currencies.entry(country).or_default().insert(salary.currency.as_deref().unwrap());
        }
    }
    let expected = [("FR", "EUR"), ("GB", "GBP"), ("US", "USD")];
    assert_eq!(
        currencies,
        expected.into_iter().map(|(country, one)| (country, BTreeSet::from([one]))).collect()
    );
}

#[tokio::test]
async fn a_second_sync_brings_only_recent_ads_and_a_week_later_comes_a_full_pass() {
    let Some(source) = with_key(&["--country", "fr"]).await else { return };
    let first = sync(&source.address, &Value::Null, 50).await;
    let second = sync(&source.address, &first.checkpoint(), 50).await;
    let known: BTreeSet<&str> = first.ids().into_iter().collect();
    assert!(second.ids().len() < 1_458 && second.ids().iter().all(|id| known.contains(id)));
    assert!(!second.end().complete && second.end().error.is_none());
    assert_eq!(source.replay.requests().last().unwrap().get("max_days_old"), Some("1"));
    for posting in second.postings() {
        let before = first.postings().find(|it| it.original_id == posting.original_id).unwrap();
        assert_eq!(posting, before, "an ad that did not change is told in the same way");
    }
    let flags = [&KEY[..], &["--country", "fr"]].concat();
    let next_week = plugin(&source.board, &flags, NOW + Duration::days(7)).await;
    let third = sync(&next_week, &second.checkpoint(), 50).await;
    assert_eq!((third.ids().len(), third.end().complete), (1_458, true));
}

#[tokio::test]
async fn a_country_larger_than_allowed_is_read_so_far_and_told() {
    let Some(source) = with_key(&["--country", "fr", "--country", "us", "--max-pages", "3"]).await else {
        return;
    };
    let synced = sync(&source.address, &Value::Null, 50).await;
    assert!(!synced.end().complete && synced.end().error.is_none());
    assert_eq!(
        synced.end().note.as_deref(),
        Some("225 different ads, 0 repeats; more than ADZUNA_MAX_PAGES allows in fr|")
    );
}

#[tokio::test]
async fn queries_and_age_reach_the_api_and_an_ad_found_twice_is_sent_once() {
    let Some(source) =
        with_key(&["--country", "gb", "--what", "java;developer", "--max-days-old", "400"]).await
    else {
        return;
    };
    let synced = sync(&source.address, &Value::Null, 7).await;
    let unique: BTreeSet<&str> = synced.ids().into_iter().collect();
    assert!(!unique.is_empty() && unique.len() == synced.ids().len() && unique.len() < 179);
    assert!(!synced.end().complete, "a sync of recent ads only is no snapshot");
    for request in source.replay.requests() {
        assert!(request.get("what").is_some());
        assert_eq!((request.get("max_days_old"), request.get("sort_by")), (Some("400"), Some("date")));
    }
}

#[tokio::test]
async fn without_a_key_health_and_sync_say_so_and_nothing_is_yielded() {
    let Some(source) = source("/adzuna", &[]).await else { return };
    let health: Health =
        reqwest::get(format!("{}/health", source.address)).await.unwrap().json().await.unwrap();
    assert_eq!(health.status, Health::UNCONFIGURED);
    assert!(health.message.unwrap().contains("ADZUNA_APP_ID"));
    let synced = sync(&source.address, &Value::Null, 50).await;
    assert!(synced.end().error.as_deref().unwrap().contains("ADZUNA_APP_KEY"));
    assert_eq!((synced.frames.len(), synced.end().fetched, synced.end().complete), (1, 0, false));
    assert_eq!(source.replay.requests(), []);
    let jobs = reqwest::get(format!("{}/jobs", source.address)).await.unwrap();
    assert_eq!(jobs.status().as_u16(), 500);
    let report = verify(&source.address.parse().unwrap(), Patience::default()).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test]
async fn the_source_keeps_the_contract_and_serves_openjobs_too() {
    let Some(source) = with_key(&["--country", "gb"]).await else { return };
    let report = verify(&source.address.parse().unwrap(), Patience::default()).await;
    assert!(report.passed(), "{report}");
    let jobs: JobsReply =
        reqwest::get(format!("{}/jobs", source.address)).await.unwrap().json().await.unwrap();
    assert_eq!((jobs.success, jobs.count), (true, 179));
    assert!(jobs.data.iter().all(|job| job.id.starts_with("adzuna-") && job.expires_date.is_none()));
}
