//! A plugin served over HTTP.

use std::{sync::atomic::Ordering, time::Duration};

use metier_plugin_sdk::wire::{Frame, Health, JobsReply, Problem};
use serde_json::{Value, json};

use crate::support::{Script, end, frames, host};

#[tokio::test]
async fn a_sync_streams_pages_with_checkpoints_and_one_end() {
    let host = host(Script::Send(250)).await;
    let reply = host.post(r#"{"page_size": 100}"#).await;
    assert_eq!(reply.headers()["content-type"], "application/x-ndjson");
    let frames = frames(&reply.text().await.unwrap());
    let checkpoints: Vec<Value> = frames
        .iter()
        .filter_map(|frame| match frame {
            Frame::Checkpoint { checkpoint } => Some(checkpoint.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(checkpoints, [json!(100), json!(200), json!(0)]);
    let end = end(&frames);
    assert_eq!((end.fetched, end.complete, end.more), (250, true, false));

    let rest = host.sync(&json!({"checkpoint": 200})).await;
    assert_eq!((crate::support::end(&rest).fetched, crate::support::end(&rest).complete), (50, false));
}

#[tokio::test]
async fn the_deadline_ends_a_sync_that_hangs_and_its_page_is_kept() {
    let host = host(Script::Hang).await;
    let frames = host.sync(&json!({"deadline_ms": 50})).await;
    let end = end(&frames);
    assert_eq!((end.fetched, end.more, end.complete), (1, true, false));
    assert_eq!((end.error.as_ref(), end.note.as_deref()), (None, Some("the deadline came")));
    assert!(frames.iter().any(|frame| matches!(frame, Frame::Checkpoint { .. })));
}

#[tokio::test]
async fn a_failure_and_a_panic_are_told_and_the_next_sync_is_served() {
    for (script, told) in [(Script::Fail, "Klingon"), (Script::Panic, "panicked")] {
        let host = host(script).await;
        for _ in 0..2 {
            let frames = host.sync(&json!({})).await;
            let end = end(&frames);
            assert!(end.error.as_deref().unwrap().contains(told) && !end.complete);
            assert_eq!(end.fetched, 1);
        }
    }
}

#[tokio::test]
async fn a_reader_that_leaves_stops_the_sync() {
    let host = host(Script::Hang).await;
    let mut reply = host.post("{}").await;
    assert!(reply.chunk().await.unwrap().is_some());
    assert_eq!(host.running.load(Ordering::SeqCst), 1);
    drop(reply);
    let stopped = async {
        while host.running.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), stopped).await.unwrap();
}

#[tokio::test]
async fn a_second_sync_at_the_same_time_is_told_to_come_back() {
    let host = host(Script::Hang).await;
    let mut first = host.post("{}").await;
    assert!(first.chunk().await.unwrap().is_some());
    let second = host.post("{}").await;
    assert_eq!((second.status().as_u16(), second.headers()["retry-after"].to_str().unwrap()), (503, "10"));
    let problem: Problem = second.json().await.unwrap();
    assert_eq!(problem.code, "busy");
}

#[tokio::test]
async fn a_shutdown_ends_running_syncs_in_order() {
    let host = host(Script::Hang).await;
    let reply = host.post("{}").await;
    host.stop.cancel();
    let frames = frames(&reply.text().await.unwrap());
    let end = end(&frames);
    assert_eq!((end.error.as_deref(), end.more, end.fetched), (Some("the plugin is shutting down"), true, 1));
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_problem() {
    let host = host(Script::Send(1)).await;
    let large = format!("{{\"checkpoint\": \"{}\"}}", "x".repeat(200_000));
    for (body, status, code) in [
        ("{\"checkpoint\": ", 400, "invalid_request"),
        ("[]", 400, "invalid_request"),
        ("{\"page_size\": \"many\"}", 400, "invalid_request"),
        ("{\"checkpoint\": {\"of\": \"another\"}}", 409, "checkpoint_refused"),
        (large.as_str(), 413, "too_large"),
    ] {
        let reply = host.post(body).await;
        assert_eq!(reply.headers()["content-type"], "application/problem+json");
        let problem: Problem = reply.json().await.unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code));
    }
    let lost = reqwest::get(format!("{}/elsewhere", host.address)).await.unwrap();
    assert_eq!(lost.json::<Problem>().await.unwrap().code, "not_found");
}

#[tokio::test]
async fn openjobs_finds_its_own_routes() {
    let host = host(Script::Send(3)).await;
    let health: Health =
        reqwest::get(format!("{}/health", host.address)).await.unwrap().json().await.unwrap();
    assert_eq!((health.status.as_str(), health.contract), ("healthy", Some(2)));
    let client = reqwest::Client::new();
    let synced: Value =
        client.post(format!("{}/sync", host.address)).body("{}").send().await.unwrap().json().await.unwrap();
    assert_eq!(synced, json!({"success": true, "message": "3 jobs fetched"}));
    let jobs: JobsReply = reqwest::get(format!("{}/jobs", host.address)).await.unwrap().json().await.unwrap();
    assert_eq!((jobs.count, jobs.data[0].id.as_str()), (3, "s-00000"));
    assert_eq!(reqwest::get(format!("{}/sync", host.address)).await.unwrap().status().as_u16(), 405);
}

#[tokio::test]
async fn openjobs_is_told_of_a_failure_in_its_own_way_and_a_long_list_is_bounded() {
    let failing = host(Script::Fail).await;
    let reply = reqwest::Client::new().post(format!("{}/sync", failing.address)).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 500);
    assert!(reply.text().await.unwrap().starts_with("Sync failed: "));
    let reply = reqwest::get(format!("{}/jobs", failing.address)).await.unwrap();
    assert!(!reply.json::<JobsReply>().await.unwrap().success);

    let long = host(Script::Send(2_500)).await;
    let jobs: JobsReply = reqwest::get(format!("{}/jobs", long.address)).await.unwrap().json().await.unwrap();
    assert_eq!(jobs.count, 2_000);
}
