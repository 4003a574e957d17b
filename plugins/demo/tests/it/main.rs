//! The demo source as Metier sees it: over HTTP.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use metier_plugin_demo::{Demo, POSTINGS};
use metier_plugin_sdk::{
    CancellationToken, Effects,
    conformance::{Patience, verify},
    install_crypto_provider, serve,
    wire::Frame,
};
use time::macros::datetime;
use tokio::net::TcpListener;

async fn started() -> (String, CancellationToken) {
    install_crypto_provider();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let demo = Demo::new(Effects::fixed(datetime!(2026-03-01 12:00 UTC)));
    tokio::spawn(serve(demo, listener, stop.clone()));
    (address, stop)
}

#[tokio::test]
async fn the_demo_source_keeps_the_contract() {
    let (address, _stop) = started().await;
    let report = verify(&address.parse().unwrap(), Patience::default()).await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.counts().2, 0, "{report}");
}

#[tokio::test]
async fn one_sync_is_a_complete_snapshot_and_the_next_is_the_same() {
    let (address, _stop) = started().await;
    let first = synced(&address, "null").await;
    let Some(Frame::End(end)) = first.last() else { panic!("no end") };
    assert!(end.complete);
    assert_eq!(end.fetched, POSTINGS as u64);
    let checkpoint = first.iter().rev().find_map(|frame| match frame {
        Frame::Checkpoint { checkpoint } => Some(checkpoint.to_string()),
        _ => None,
    });
    assert_eq!(synced(&address, &checkpoint.unwrap()).await, first);
}

async fn synced(address: &str, checkpoint: &str) -> Vec<Frame> {
    let body = format!("{{\"checkpoint\": {checkpoint}}}");
    let reply = reqwest::Client::new().post(format!("{address}/v2/sync")).body(body).send().await.unwrap();
    let text = reply.text().await.unwrap();
    text.lines().map(|line| Frame::parse(line.as_bytes()).unwrap()).collect()
}
