//! The demo source as Metier sees it: over HTTP.

use metier_plugin_demo::{Demo, POSTINGS};
use metier_plugin_sdk::{
    Effects,
    conformance::{Patience, verify},
    trial::{started, sync},
};
use serde_json::Value;
use time::macros::datetime;

async fn demo() -> String {
    started(Demo::new(Effects::fixed(datetime!(2026-03-01 12:00 UTC)))).await
}

#[tokio::test]
async fn the_demo_source_keeps_the_contract() {
    let report = verify(&demo().await.parse().unwrap(), Patience::default()).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.counts().2, 0, "{report}");
}

#[tokio::test]
async fn one_sync_is_a_complete_snapshot_and_the_next_is_the_same() {
    let address = demo().await;
    let first = sync(&address, &Value::Null, 100).await;
    assert!(first.end().complete);
    assert_eq!(first.end().fetched, POSTINGS as u64);
    assert_eq!(sync(&address, &first.checkpoint(), 100).await, first);
}
