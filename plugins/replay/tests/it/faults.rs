//! Trouble on demand.

use std::time::Duration;

use metier_plugin_replay::{Fault, Trouble};
use serde_json::json;

use crate::{get, stand_in};

#[tokio::test]
async fn trouble_comes_when_ordered_where_ordered_and_as_often() {
    let Some(board) = stand_in().await else { return };
    board.replay.order(Trouble::once(Fault::Status { status: 503 }).on("/jobtech").after(1).times(2));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(get(&board, "/jobtech/search").await.0);
    }
    assert_eq!(seen, [200, 503, 503, 200]);
}

#[tokio::test]
async fn every_kind_of_trouble_is_what_it_says() {
    let Some(board) = stand_in().await else { return };
    let address = format!("{}/jobtech/search", board.address);
    board.replay.order(Trouble::once(Fault::TooMany { retry_after: 7 }));
    let reply = reqwest::get(&address).await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["retry-after"].to_str().unwrap()), (429, "7"));

    board.replay.order(Trouble::once(Fault::Cut));
    let text = reqwest::get(&address).await.unwrap().text().await.unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&text).unwrap_err().is_eof());

    board.replay.order(Trouble::once(Fault::Broken));
    let broken = async { reqwest::get(&address).await?.bytes().await };
    assert!(broken.await.is_err());

    board.replay.order(Trouble::once(Fault::Hang));
    let hung = tokio::time::timeout(Duration::from_millis(50), reqwest::get(&address)).await;
    assert!(hung.is_err());
}

#[tokio::test]
async fn trouble_is_ordered_over_http_too_and_requests_are_told_without_keys() {
    let Some(board) = stand_in().await else { return };
    let client = reqwest::Client::new();
    let order = json!({"fault": {"kind": "status", "status": 500}});
    let reply = client.post(format!("{}/replay/faults", board.address)).json(&order).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 204);
    assert_eq!(get(&board, "/adzuna/v1/api/jobs/fr/search/1?app_id=a&app_key=secret&what=x").await.0, 500);
    let (_, requests) = get(&board, "/replay/requests").await;
    assert_eq!(requests[0], json!({"path": "/adzuna/v1/api/jobs/fr/search/1", "query": [["what", "x"]]}));
}
