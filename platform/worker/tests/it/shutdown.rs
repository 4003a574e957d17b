//! The end of a worker.

use std::time::Duration;

use metier_worker::protocol::Outcome;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    engine::{Engine, Fault},
    workshop::{NO_LIMIT, Workshop},
};

#[tokio::test(start_paused = true)]
async fn an_idle_worker_stops_at_once() {
    let shop = Workshop::open(Engine::new(), 2);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    shop.close().await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn running_tasks_end_and_waiting_ones_are_given_back() {
    let shop = Workshop::open(Engine::new(), 2);
    for _ in 0..100 {
        shop.submit(json!({ "do": "skip" }));
    }
    shop.engine.until(|state| state.heard.len() == 100).await;
    let tasks: Vec<_> = (0..10).map(|_| shop.submit(json!({ "do": "sleep", "ms": 3_000 }))).collect();
    shop.until_running(2).await;
    let engine = shop.close().await;
    let outcomes: Vec<_> = tasks.iter().flat_map(|task| engine.outcomes(*task)).collect();
    let count = |wanted: Outcome| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    assert_eq!((count(Outcome::Succeeded), count(Outcome::Released)), (2, 8));
    let state = engine.state();
    assert_eq!((state.ready.len(), state.leases.len()), (8, 0));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_do_not_end_in_time_are_stopped_and_may_run_again() {
    let shop = Workshop::open(Engine::new(), 2);
    let hangs = shop.submit(json!({ "do": "hang" }));
    shop.until_running(1).await;
    let began = Instant::now();
    let engine = shop.close().await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    let done = engine.completion(hangs);
    assert_eq!((done.outcome(), done.error_code.as_str()), (Outcome::FailedRetryable, "worker_shut_down"));
}

#[tokio::test(start_paused = true)]
async fn a_computing_task_is_stopped_when_the_time_to_drain_is_over() {
    let shop = Workshop::open(Engine::new(), 2);
    let computes = shop.engine.submit("busy", json!({}), NO_LIMIT);
    shop.until_running(1).await;
    shop.stop.cancel();
    shop.advance_until(|| shop.worker.is_finished()).await;
    assert_eq!(shop.engine.completion(computes).error_code, "worker_shut_down");
}

#[tokio::test(start_paused = true)]
async fn a_worker_ends_even_when_the_engine_hangs() {
    let shop = Workshop::open(Engine::new(), 2);
    shop.submit(json!({ "do": "sleep", "ms": 1_000 }));
    shop.until_running(1).await;
    shop.engine.set_script(|_, _| Fault::Hang);
    let began = Instant::now();
    let engine = shop.close().await;
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(engine.heard(), 0);
}
