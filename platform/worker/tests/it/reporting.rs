//! Outcomes, output and progress on their way to the engine.

use std::time::Duration;

use metier_worker::protocol::Outcome;
use serde_json::json;
use tokio::time::Instant;

use crate::{engine::Engine, workshop::Workshop};

#[tokio::test(start_paused = true)]
async fn an_outcome_does_not_wait_for_a_claim_that_waits_for_tasks() {
    let shop = Workshop::open(Engine::new(), 4);
    shop.submit(json!({ "do": "sleep", "ms": 1_000 }));
    shop.until_running(1).await;
    let began = Instant::now();
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert!(began.elapsed() < Duration::from_millis(1_010), "{:?}", began.elapsed());
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_worker_tells_outcomes_with_the_next_claim() {
    let shop = Workshop::open(Engine::new(), 1);
    for _ in 0..10 {
        shop.submit(json!({ "do": "sleep", "ms": 1_000 }));
    }
    shop.engine.until(|state| state.heard.len() == 10).await;
    assert_eq!(shop.engine.calls("complete"), 0);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn progress_and_output_arrive_while_the_task_runs_and_before_its_outcome() {
    let shop = Workshop::open(Engine::new(), 2);
    let task = shop.submit(json!({ "do": "talk" }));
    shop.engine.until(|state| !state.output.is_empty()).await;
    assert_eq!(shop.engine.heard(), 0, "the first line came while the task ran");
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.outcomes(task), [Outcome::Succeeded]);
    let engine = shop.close().await;
    let state = engine.state();
    let texts: Vec<_> =
        state.output.iter().map(|chunk| (chunk.stream.as_str(), chunk.text.as_str())).collect();
    assert_eq!(texts, [("stdout", "first\n"), ("stderr", "last\n")]);
    let progress: Vec<_> = state.progress.iter().map(|progress| progress.thousandths).collect();
    assert_eq!(progress, [250, 500]);
}

#[tokio::test(start_paused = true)]
async fn a_long_task_keeps_its_lease() {
    let shop = Workshop::open(Engine::new(), 2);
    let task = shop.submit(json!({ "do": "sleep", "ms": 300_000 }));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.outcomes(task), [Outcome::Succeeded]);
    let heartbeats = shop.engine.calls("heartbeat");
    assert!((29..35).contains(&heartbeats), "{heartbeats} heartbeats in five minutes");
    shop.close().await;
}
