//! The kit tells good plugins from bad ones, and says what is wrong with the bad.

use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use metier_plugin_sdk::conformance::{Patience, Report, Verdict, verify};
use serde_json::{Value, json};
use std::time::Duration;

use crate::support::{Script, host, served};

/// Little, so that what hangs is soon given up.
fn patience() -> Patience {
    Patience { answer: Duration::from_secs(2), stream: Duration::from_secs(4), ..Patience::default() }
}

async fn report(address: &str) -> Report {
    verify(&address.parse().unwrap(), patience()).await
}

fn failed(report: &Report) -> Vec<&'static str> {
    let failed = report.checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail { .. }));
    failed.map(|check| check.id).collect()
}

#[tokio::test]
async fn a_plugin_made_with_the_sdk_passes_every_check() {
    let host = host(Script::Send(120)).await;
    let report = report(&host.address).await;
    assert!(report.passed(), "{report}");
    assert_eq!((report.contract, report.counts().2), (Some(2), 0), "{report}");
}

#[tokio::test]
async fn nobody_at_all_fails_the_first_check() {
    let report = report("http://127.0.0.1:1").await;
    assert_eq!(failed(&report), ["health.answers"]);
    assert_eq!((report.contract, report.plugin.as_ref()), (None, None));
}

fn healthy() -> Value {
    json!({"status": "healthy", "plugin": "Bad", "plugin_id": "bad", "version": "1", "contract": 2})
}

/// A plugin of contract 2 that answers every sync with this text, and does the rest well enough.
async fn streaming(lines: &'static str) -> Report {
    let stream =
        move || async move { ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response() };
    let routes = Router::new()
        .route("/health", get(async || Json(healthy())))
        .route("/v2/sync", post(stream))
        .route("/sync", post(async || Json(json!({"success": true, "message": "done"}))))
        .route("/jobs", get(async || Json(json!({"success": true, "data": [], "count": 0}))));
    report(&served(routes).await).await
}

#[tokio::test]
async fn each_fault_of_a_stream_is_found_by_its_check() {
    // These stand-ins accept every request, which the error checks rightly refuse; only the stream's checks are compared.
    for (lines, found) in [
        (
            "{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n",
            vec!["sync.end"],
        ),
        (
            "{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"end\",\"complete\":true,\"fetched\":1}\n",
            vec!["sync.pages"],
        ),
        (
            "{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n{\"type\":\"end\",\"complete\":true,\"fetched\":7}\n",
            vec!["sync.count"],
        ),
        (
            "{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n{\"type\":\"end\",\"complete\":true,\"fetched\":1}\n",
            vec!["postings.valid"],
        ),
        (
            "{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n{\"type\":\"end\",\"complete\":true,\"fetched\":2}\n",
            vec!["postings.unique"],
        ),
        (
            "{\"type\":\"warning\",\"reason\":\"x\"}\n{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n{\"type\":\"end\",\"complete\":true,\"fetched\":1}\n",
            vec!["sync.claims"],
        ),
        (
            "nonsense\n{\"type\":\"posting\",\"posting\":{\"original_id\":\"1\",\"title\":\"A\"}}\n{\"type\":\"checkpoint\",\"checkpoint\":null}\n{\"type\":\"end\",\"complete\":true,\"fetched\":1}",
            vec!["sync.lines"],
        ),
        ("{\"type\":\"end\",\"complete\":true,\"fetched\":0}\n", vec!["sync.yields"]),
    ] {
        let report = streaming(lines).await;
        let mut ids = failed(&report);
        ids.retain(|id| !id.starts_with("errors.") && *id != "sync.deadline");
        assert_eq!(ids, found, "{lines}\n{report}");
    }
}

#[tokio::test]
async fn a_checkpoint_that_loses_postings_and_a_false_claim_are_found() {
    async fn stream(body: String) -> Response {
        let posting = |id: &str| {
            format!("{{\"type\":\"posting\",\"posting\":{{\"original_id\":\"{id}\",\"title\":\"A\"}}}}\n")
        };
        let checkpoint = "{\"type\":\"checkpoint\",\"checkpoint\":5}\n";
        let lines = if body.contains("\"checkpoint\":5") {
            format!("{}{checkpoint}{{\"type\":\"end\",\"complete\":true,\"fetched\":1}}\n", posting("3"))
        } else {
            let pages = format!("{}{checkpoint}{}{}{checkpoint}", posting("1"), posting("2"), posting("3"));
            format!("{pages}{{\"type\":\"end\",\"complete\":true,\"fetched\":3}}\n")
        };
        ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
    }
    let routes =
        Router::new().route("/health", get(async || Json(healthy()))).route("/v2/sync", post(stream));
    let report = report(&served(routes).await).await;
    let failed = failed(&report);
    assert!(failed.contains(&"resume.loses_nothing") && failed.contains(&"resume.claims"), "{report}");
}

#[tokio::test]
async fn a_plugin_that_hangs_redirects_or_answers_plain_text_is_found_out() {
    let routes = Router::new()
        .route("/health", get(async || Json(healthy())))
        .route("/v2/sync", post(async || std::future::pending::<StatusCode>().await))
        .route("/sync", get(async || Redirect::temporary("http://169.254.1.1/")).post(async || "done"))
        .route("/jobs", get(async || (StatusCode::INTERNAL_SERVER_ERROR, "Sync failed")));
    let report = report(&served(routes).await).await;
    let failed = failed(&report);
    for id in
        ["sync.begins", "errors.json", "legacy.sync", "legacy.jobs", "legacy.method", "origin.no_redirect"]
    {
        assert!(failed.contains(&id), "{id}\n{report}");
    }
}

#[tokio::test]
async fn a_legacy_plugin_gets_fewer_checks_and_is_told_so() {
    let job =
        json!({"id": "x-1", "title": "Kock", "posted_date": "2025-09-11T09:25:57Z", "expires_date": null});
    let routes = Router::new()
        .route("/health", get(async || Json(json!({"status": "healthy", "plugin": "Old"}))))
        .route("/sync", post(async || Json(json!({"success": true, "message": "done"}))))
        .route("/jobs", get(async move || Json(json!({"success": true, "data": [job], "count": 1}))));
    let report = report(&served(routes).await).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.contract, Some(1));
    let skipped = report.checks.iter().find(|check| check.id == "sync.end").unwrap();
    assert_eq!(
        skipped.verdict,
        Verdict::Skip { why: "the plugin announces no contract 2 in /health".to_owned() }
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["checks"][0]["verdict"], "pass");
}

#[tokio::test]
async fn the_legacy_dialects_that_metier_reads_pass() {
    let job = json!({"id": "x-1", "title": "Kock"});
    let (short, jooble) =
        (json!({"success": true, "data": [job]}), json!({"status": "success", "count": 1, "jobs": [job]}));
    for (health, synced, jobs) in [
        (json!({"status": "healthy", "plugin": "Mine"}), json!({"success": true}), short),
        (
            json!({"status": "healthy", "service": "jooble-plugin"}),
            json!({"status": "success", "message": "ok"}),
            jooble,
        ),
    ] {
        let routes = Router::new()
            .route("/health", get(async move || Json(health)))
            .route("/sync", post(async move || Json(synced)))
            .route("/jobs", get(async move || Json(jobs)));
        let report = report(&served(routes).await).await;
        assert!(report.passed(), "{report}");
    }
}
