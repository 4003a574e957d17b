//! Cancel, timeout and the lost lease reach the work itself.

use std::time::Duration;

use metier_worker::protocol::Outcome;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    engine::{Engine, Fault, LEASE},
    workshop::{NO_LIMIT, Workshop},
};

const SOON: Duration = Duration::from_secs(2);

#[tokio::test(start_paused = true)]
async fn a_cancel_stops_a_task_that_hangs_within_two_seconds() {
    for after in [Duration::ZERO, Duration::from_secs(7)] {
        let shop = Workshop::open(Engine::new(), 2);
        let task = shop.submit(json!({ "do": "hang" }));
        shop.until_running(1).await;
        tokio::time::sleep(after).await;
        let began = Instant::now();
        shop.engine.stop(task, "cancelled");
        shop.engine.until(|state| !state.heard.is_empty()).await;
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        assert_eq!((shop.engine.outcomes(task), shop.running.now()), (vec![Outcome::Cancelled], 0));
        shop.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_stops_a_task_that_computes_within_two_seconds() {
    let shop = Workshop::open(Engine::new(), 2);
    let task = shop.engine.submit("busy", json!({}), NO_LIMIT);
    shop.until_running(1).await;
    shop.engine.stop(task, "cancelled");
    let took = shop.advance_until(|| shop.engine.heard() == 1).await;
    assert!(took < SOON, "{took:?}");
    assert_eq!((shop.engine.outcomes(task), shop.running.now()), (vec![Outcome::Cancelled], 0));
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_when_its_time_is_up() {
    let shop = Workshop::open(Engine::new(), 2);
    let hangs = shop.engine.submit("obedient", json!({ "do": "hang" }), Duration::from_secs(3));
    shop.until_running(1).await;
    let began = Instant::now();
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert!(began.elapsed() < Duration::from_millis(3_010), "{:?}", began.elapsed());
    let done = shop.engine.completion(hangs);
    assert_eq!((done.outcome(), done.error_code.as_str()), (Outcome::TimedOut, "timed_out"));
    let computes = shop.engine.submit("busy", json!({}), Duration::from_secs(3));
    shop.until_running(1).await;
    let took = shop.advance_until(|| shop.engine.heard() == 2).await;
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(shop.engine.outcomes(computes), [Outcome::TimedOut]);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_does_not_stop_is_reported_and_keeps_its_slot() {
    let shop = Workshop::open(Engine::new(), 1);
    let stubborn = shop.engine.submit("busy", json!({ "do": "stubborn" }), Duration::from_secs(1));
    shop.until_running(1).await;
    let took = shop.advance_until(|| shop.engine.heard() == 1).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(shop.engine.outcomes(stubborn), [Outcome::TimedOut]);
    let next = shop.submit(json!({ "do": "skip" }));
    for _ in 0..50 {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert_eq!(shop.engine.outcomes(next), [], "the only slot is still taken");
    shop.let_go.send(()).unwrap();
    shop.engine.until(|state| state.heard.len() == 2).await;
    assert_eq!(shop.engine.outcomes(next), [Outcome::Skipped]);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_whose_lease_ended_is_stopped_and_not_reported() {
    let shop = Workshop::open(Engine::new(), 1);
    let task = shop.submit(json!({ "do": "hang" }));
    shop.until_running(1).await;
    shop.engine.end_leases();
    shop.engine.until(|state| state.leases.len() == 1).await;
    assert_eq!((shop.engine.heard(), shop.engine.outcomes(task)), (0, vec![]));
    assert_eq!(shop.running.most(), 1, "the first attempt had stopped before the second began");
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_cut_off_from_the_engine_stops_when_the_lease_must_have_ended() {
    for fault in [Fault::Away, Fault::Hang] {
        let shop = Workshop::open(Engine::new(), 1);
        shop.submit(json!({ "do": "hang" }));
        shop.until_running(1).await;
        shop.engine.set_script(move |_, _| fault);
        let began = Instant::now();
        tokio::time::sleep(LEASE - Duration::from_secs(1)).await;
        assert_eq!(shop.running.now(), 1);
        while shop.running.now() > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(began.elapsed() <= LEASE + Duration::from_secs(1), "{:?}", began.elapsed());
        shop.engine.set_script(|_, _| Fault::None);
        shop.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_begins_when_the_task_comes_however_long_the_claim_waited_for_it() {
    let shop = Workshop::open(Engine::new(), 1);
    tokio::time::sleep(LEASE - Duration::from_millis(100)).await;
    let (began, task) = (Instant::now(), shop.submit(json!({ "do": "sleep", "ms": 40_000 })));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.outcomes(task), [Outcome::Succeeded]);
    assert!(began.elapsed() < Duration::from_secs(41), "it took a second attempt: {:?}", began.elapsed());
    shop.close().await;
}
