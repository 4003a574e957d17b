//! Claiming and running.

use std::time::Duration;

use metier_worker::protocol::Outcome;
use serde_json::json;

use crate::{
    engine::Engine,
    workshop::{NO_LIMIT, Workshop},
};

#[tokio::test(start_paused = true)]
async fn a_task_is_claimed_and_its_result_reported() {
    let shop = Workshop::open(Engine::new(), 2);
    let task = shop.submit(json!({ "do": "sleep", "ms": 20 }));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    let done = shop.engine.completion(task);
    assert_eq!((done.outcome(), done.result.as_str()), (Outcome::Succeeded, r#"{"slept":20}"#));
    assert_eq!(done.started_at, 1_000_000_000);
    let engine = shop.close().await;
    let kinds: Vec<_> = engine.state().registered[0].kinds.iter().map(|kind| kind.name.clone()).collect();
    assert_eq!(kinds, ["obedient", "busy"]);
}

#[tokio::test(start_paused = true)]
async fn each_way_to_fail_has_its_outcome() {
    let shop = Workshop::open(Engine::new(), 8);
    let orders = [
        (json!({ "do": "fail" }), Outcome::FailedRetryable, "peer_away", 0),
        (json!({ "do": "fail", "after_ms": 1500 }), Outcome::FailedRetryable, "peer_away", 1_500),
        (json!({ "do": "fail_for_good" }), Outcome::FailedPermanent, "no_such_thing", 0),
        (json!({ "do": "skip" }), Outcome::Skipped, "skipped", 0),
        (json!({ "do": "panic" }), Outcome::FailedRetryable, "handler_panicked", 0),
        (json!({ "do": "huge" }), Outcome::FailedPermanent, "result_too_large", 0),
        (json!({ "do": "dance" }), Outcome::FailedPermanent, "invalid_parameters", 0),
    ];
    let tasks: Vec<_> = orders.iter().map(|(order, ..)| shop.submit(order.clone())).collect();
    shop.engine.until(|state| state.heard.len() == orders.len()).await;
    for (task, (order, outcome, code, retry_after_ms)) in tasks.into_iter().zip(&orders) {
        let done = shop.engine.completion(task);
        let heard = (done.outcome(), done.error_code.as_str(), done.retry_after_ms);
        assert_eq!(heard, (*outcome, *code, *retry_after_ms), "{order}");
        if *code == "handler_panicked" {
            assert!(done.error_message.contains("the handler had a bad day"));
        }
    }
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_blocking_handler_computes_and_its_panic_is_contained() {
    let shop = Workshop::open(Engine::new(), 2);
    let computes = shop.engine.submit("busy", json!({ "do": "compute" }), NO_LIMIT);
    let panics = shop.engine.submit("busy", json!({ "do": "panic" }), NO_LIMIT);
    shop.engine.until(|state| state.heard.len() == 2).await;
    assert_eq!(shop.engine.completion(computes).result, "42");
    assert!(shop.engine.completion(panics).error_message.contains("the thread had a bad day"));
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_kind_the_worker_does_not_know_is_left_to_others() {
    let shop = Workshop::open(Engine::new(), 2);
    let task = shop.engine.submit("unheard_of", json!({}), NO_LIMIT);
    shop.engine.until(|state| !state.heard.is_empty()).await;
    let done = shop.engine.completion(task);
    assert_eq!((done.outcome(), done.error_code.as_str()), (Outcome::FailedRetryable, "misdelivered"));
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn no_more_tasks_run_at_a_time_than_allowed() {
    let shop = Workshop::open(Engine::new(), 3);
    for _ in 0..20 {
        shop.submit(json!({ "do": "sleep", "ms": 400 }));
    }
    shop.engine.until(|state| state.heard.len() == 20).await;
    assert_eq!(shop.running.most(), 3);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn short_tasks_travel_in_batches_with_one_call_for_each() {
    let shop = Workshop::open(Engine::new(), 4);
    for _ in 0..5_000 {
        shop.submit(json!({ "do": "skip" }));
    }
    shop.engine.until(|state| state.heard.len() == 5_000).await;
    let calls = shop.engine.calls("claim") + shop.engine.calls("complete");
    assert!(calls < 70, "{calls} calls for 5,000 tasks");
    assert_eq!(shop.engine.calls("heartbeat"), 0);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn long_tasks_are_not_held_back_from_other_workers() {
    let shop = Workshop::open(Engine::new(), 2);
    for _ in 0..10 {
        shop.submit(json!({ "do": "sleep", "ms": 5_000 }));
    }
    shop.until_running(2).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(shop.engine.state().ready.len(), 6);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn held_tasks_that_cannot_start_in_time_are_given_back() {
    let shop = Workshop::open(Engine::new(), 2);
    for _ in 0..500 {
        shop.submit(json!({ "do": "skip" }));
    }
    shop.engine.until(|state| state.heard.len() == 500).await;
    let slow: Vec<_> = (0..20).map(|_| shop.submit(json!({ "do": "sleep", "ms": 60_000 }))).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(shop.engine.state().ready.len(), 18, "two run, the others are free for other workers");
    tokio::time::sleep(Duration::from_secs(50)).await;
    assert_eq!(shop.engine.heard(), 518, "what was given back is not claimed again while no slot is free");
    assert!(slow.iter().all(|task| shop.engine.outcomes(*task).len() < 2));
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_only_waits() {
    let shop = Workshop::open(Engine::new(), 4);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!((shop.engine.calls("claim"), shop.engine.calls("complete")), (20, 0));
    shop.close().await;
}
