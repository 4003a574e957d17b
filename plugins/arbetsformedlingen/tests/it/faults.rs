//! What the board's trouble does to a sync.

use std::collections::BTreeSet;

use metier_plugin_replay::{Fault, Trouble};
use metier_plugin_sdk::{trial::sync, wire::Frame};
use serde_json::Value;

use crate::support::source;

#[tokio::test]
async fn passing_trouble_is_ridden_out() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    for fault in [
        Fault::Status { status: 503 },
        Fault::TooMany { retry_after: 0 },
        Fault::Cut,
        Fault::Broken,
        Fault::Slow { ms: 5 },
    ] {
        source.replay.order(Trouble::once(fault.clone()).after(1));
        let synced = sync(&source.address, &Value::Null, 20).await;
        assert_eq!((synced.ids().len(), synced.end().complete), (59, true), "{fault:?}");
    }
}

#[tokio::test]
async fn lasting_trouble_keeps_what_came_and_the_next_sync_goes_on_from_there() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    source.replay.order(Trouble::once(Fault::Status { status: 500 }).after(2).times(4));
    let first = sync(&source.address, &Value::Null, 20).await;
    let error = first.end().error.clone().unwrap();
    assert!(error.starts_with("the source answered 500"), "{error}");
    assert!(!first.end().complete && first.ids().len() > 20 && first.ids().len() < 59);

    let rest = sync(&source.address, &first.checkpoint(), 20).await;
    let both: BTreeSet<&str> = first.ids().into_iter().chain(rest.ids()).collect();
    assert_eq!((both.len(), rest.end().complete, rest.end().error.as_ref()), (59, false, None));
    assert!(rest.ids().len() < 59, "the rest is not read twice");
}

#[tokio::test]
async fn an_answer_cut_off_in_the_middle_of_a_sync_loses_nothing_of_what_came() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    source.replay.order(Trouble::once(Fault::Cut).after(1).times(4));
    let first = sync(&source.address, &Value::Null, 20).await;
    assert_eq!(first.ids().len(), 20);
    assert!(first.end().error.as_deref().unwrap().contains("cut off"));
    let rest = sync(&source.address, &first.checkpoint(), 20).await;
    let both: BTreeSet<&str> = first.ids().into_iter().chain(rest.ids()).collect();
    assert_eq!(both.len(), 59);
}

#[tokio::test]
async fn answers_of_another_kind_are_refused_with_a_reason() {
    for (path, told) in
        [("/jobtech-2018", "Elasticsearch envelope of before 2019"), ("/jobtech-truncated", "cut off")]
    {
        let Some(source) = source(path, &[]).await else { return };
        let synced = sync(&source.address, &Value::Null, 100).await;
        let error = synced.end().error.clone().unwrap();
        assert!(error.contains(told), "{error}");
        assert_eq!((synced.end().fetched, synced.end().complete), (0, false));
    }
}

#[tokio::test]
async fn a_query_the_api_refuses_is_told_and_the_others_go_on() {
    let Some(source) = source("/jobtech", &["--query", "region", "--query", "sjuksköterska"]).await else {
        return;
    };
    source.replay.order(Trouble::once(Fault::Status { status: 400 }));
    let synced = sync(&source.address, &Value::Null, 100).await;
    assert_eq!(synced.count(|frame| matches!(frame, Frame::Warning { .. })), 1);
    assert!(!synced.ids().is_empty() && !synced.end().complete && synced.end().error.is_none());
}

#[tokio::test]
async fn nothing_but_refusals_is_a_failure_and_a_redirect_is_not_followed() {
    let Some(source) = source("/jobtech", &[]).await else { return };
    for (fault, told) in [
        (Fault::Status { status: 400 }, "400"),
        (Fault::Status { status: 404 }, "404"),
        (Fault::Redirect { to: "http://127.0.0.1:9/elsewhere".into() }, "redirects elsewhere"),
        (Fault::Endless, "larger than"),
    ] {
        source.replay.order(Trouble::once(fault));
        let synced = sync(&source.address, &Value::Null, 100).await;
        let error = synced.end().error.clone().unwrap();
        assert!(error.contains(told), "{error}");
        assert_eq!((synced.end().fetched, synced.end().complete), (0, false));
    }
}
