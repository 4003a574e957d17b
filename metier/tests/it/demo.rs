//! From `metier up --demo` to the first found posting, and back to an installation without any invented one.

use std::time::Instant;

use crate::{
    board::Board,
    platform::{Platform, Topology, system_tests},
};

system_tests!(
    heavy_the_demo_leads_to_a_found_posting_and_goes_without_a_trace,
    heavy_a_source_without_its_key_says_so_and_yields_nothing,
    heavy_a_plugin_of_ones_own_goes_before_the_built_in_one,
);

/// How an installation knows of the plugins that come with Metier: those of a split one are told to it.
fn origin(topology: Topology) -> &'static str {
    if topology.is_split() { "environment" } else { "built_in" }
}

async fn heavy_the_demo_leads_to_a_found_posting_and_goes_without_a_trace(topology: Topology) {
    let began = Instant::now();
    let mut platform = Platform::start_as(topology, &["--demo"], &[]).await;
    let board = Board::of(&platform).await;
    let found = board.finds("q=sjuksköterskor", |page| page["total"].as_u64() > Some(0)).await;
    println!("{topology:?}: the first posting is found {} ms after the start", began.elapsed().as_millis());
    assert_eq!(found["items"][0]["posting"]["demo"], true, "{found}");
    let all = board.finds("limit=100", |page| page["total"].as_u64() > Some(200)).await;
    assert!(all["items"].as_array().unwrap().iter().all(|it| it["posting"]["demo"] == true), "{all}");
    assert_eq!(board.sources().await, ["arbetsformedlingen", "demo", "eures"]);
    let address = board.get("sources/demo").await["url"].clone();

    platform.up_again(&["--demo"]).await;
    let board = Board::of(&platform).await;
    let source = board.get("sources/demo").await;
    assert!(source["url"] != address && source["origin"] == origin(topology), "{source}");
    assert_eq!(
        board.sync("demo").await.counts(),
        [300, 0, 0, 300, 0],
        "at its new address, with nothing new"
    );
    let syncs = board.get("sources/demo/syncs").await;
    assert_eq!(syncs["items"].as_array().unwrap().len(), 2, "one first sync, and ours: {syncs}");

    assert_eq!(board.remove("demo").await, 300);
    board.counts("", 0).await;
    platform.up_again(&[]).await;
    let board = Board::of(&platform).await;
    assert_eq!(board.sources().await, ["arbetsformedlingen", "eures"]);
    board.counts("", 0).await;
    platform.stop().await;
}

async fn heavy_a_source_without_its_key_says_so_and_yields_nothing(topology: Topology) {
    let platform = Platform::start(topology).await;
    let board = Board::of(&platform).await;
    let synced = board.sync("eures").await;
    assert!(synced.reason().contains("ADZUNA_APP_ID"), "{synced:?}");
    assert_eq!(
        (synced.counts(), &synced.task["attempt"]),
        ([0; 5], &serde_json::json!(1)),
        "no use in trying again"
    );
    assert_eq!(board.get("sources/eures").await["condition"], "unconfigured");
    platform.stop().await;
}

async fn heavy_a_plugin_of_ones_own_goes_before_the_built_in_one(topology: Topology) {
    let own = "http://127.0.0.1:9";
    let settings = [("PLUGIN_EURES_URL", own), ("ADZUNA_PAUSE_MS", "0")];
    let platform = Platform::start_with(topology, &settings).await;
    let board = Board::of(&platform).await;
    let (eures, other) = (board.get("sources/eures").await, board.get("sources/arbetsformedlingen").await);
    assert_eq!((&eures["url"], &eures["origin"]), (&own.into(), &"environment".into()));
    assert_eq!(other["origin"], origin(topology));
    platform.stop().await;
}
