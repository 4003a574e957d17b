//! What the API's trouble does to a sync.

use std::collections::BTreeSet;

use metier_plugin_replay::{Fault, Trouble};
use metier_plugin_sdk::{trial::sync, wire::Frame};
use serde_json::Value;

use crate::support::{KEY, source};

const COUNTRIES: [&str; 2] = ["--country", "gb,us"];

#[tokio::test]
async fn a_country_that_fails_is_told_the_others_go_on_and_the_next_sync_asks_it_again() {
    let Some(source) = source("/adzuna", &[&KEY[..], &COUNTRIES].concat()).await else { return };
    let gb = "/adzuna/v1/api/jobs/gb";
    source.replay.order(Trouble::once(Fault::Status { status: 500 }).on(gb).after(1).times(4));
    let synced = sync(&source.address, &Value::Null, 50).await;
    assert_eq!(
        (synced.ids().len(), synced.end().complete, synced.end().error.as_ref()),
        (50 + 75, false, None)
    );
    let warning = synced.frames.iter().find_map(|frame| match frame {
        Frame::Warning { reason } => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(warning, Some("country gb: the source answered 500: ordered trouble"));

    let next = sync(&source.address, &synced.checkpoint(), 50).await;
    let both: BTreeSet<&str> = synced.ids().into_iter().chain(next.ids()).collect();
    assert_eq!(both.len(), 179 + 75);
}

#[tokio::test]
async fn a_spent_quota_ends_the_sync_and_the_next_goes_on_from_there() {
    let Some(source) = source("/adzuna", &[&KEY[..], &COUNTRIES].concat()).await else { return };
    source.replay.order(Trouble::once(Fault::TooMany { retry_after: 86_400 }).after(2));
    let first = sync(&source.address, &Value::Null, 50).await;
    assert_eq!(first.ids().len(), 100);
    assert!(first.end().error.as_deref().unwrap().contains("wait 86400 s"));
    let rest = sync(&source.address, &first.checkpoint(), 50).await;
    assert_eq!((rest.ids().len(), rest.end().error.as_ref()), (79 + 75, None));
}

#[tokio::test]
async fn a_refused_key_is_said_once_and_never_shown() {
    let Some(source) = source("/adzuna", &[&KEY[..], &COUNTRIES].concat()).await else { return };
    source.replay.order(Trouble::once(Fault::Status { status: 401 }).times(9));
    let synced = sync(&source.address, &Value::Null, 50).await;
    let error = synced.end().error.clone().unwrap();
    assert!(error.contains("refuses the key") && !error.contains("sesame"), "{error}");
    assert_eq!(source.replay.requests().len(), 1, "the other countries are not tried");
}

#[tokio::test]
async fn a_truncated_answer_is_refused_with_a_reason() {
    let Some(source) = source("/adzuna-truncated", &[&KEY[..], &["--country", "us"]].concat()).await else {
        return;
    };
    let synced = sync(&source.address, &Value::Null, 50).await;
    let error = synced.end().error.clone().unwrap();
    assert!(
        error.contains("country us: the source's answer is cut off: its JSON stops after 57344 bytes"),
        "{error}"
    );
    assert_eq!((synced.end().fetched, synced.end().complete), (0, false));
}

#[tokio::test]
async fn passing_trouble_is_ridden_out() {
    let Some(source) = source("/adzuna", &[&KEY[..], &["--country", "us"]].concat()).await else { return };
    for fault in [Fault::Status { status: 502 }, Fault::TooMany { retry_after: 0 }, Fault::Cut, Fault::Broken]
    {
        source.replay.order(Trouble::once(fault.clone()));
        let synced = sync(&source.address, &Value::Null, 50).await;
        assert_eq!((synced.ids().len(), synced.end().complete), (75, true), "{fault:?}");
    }
}
