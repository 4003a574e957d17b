//! An engine that is away, loses answers, hangs or refuses.

use std::time::Duration;

use metier_worker::protocol::Outcome;
use serde_json::json;
use tokio::time::Instant;

use crate::{
    engine::{Engine, Fault},
    workshop::Workshop,
};

fn first(count: usize, call: &'static str, fault: Fault) -> Engine {
    let mut left = count;
    Engine::scripted(move |name, _| {
        let strikes = name == call && left > 0;
        left -= usize::from(strikes);
        if strikes { fault } else { Fault::None }
    })
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_away_at_the_start_is_waited_for() {
    for fault in [Fault::Away, Fault::Hang, Fault::LoseReply] {
        let shop = Workshop::open(first(6, "register", fault), 2);
        let task = shop.submit(json!({ "do": "skip" }));
        shop.engine.until(|state| !state.heard.is_empty()).await;
        assert_eq!(shop.engine.outcomes(task), [Outcome::Skipped], "{fault:?}");
        shop.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_declares_its_kinds_again_after_it_lost_the_engine() {
    let shop = Workshop::open(first(2, "claim", Fault::Away), 2);
    shop.submit(json!({ "do": "skip" }));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.calls("register"), 3);
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_outcome_whose_answer_was_lost_is_told_again_and_its_refusal_is_harmless() {
    for call in ["claim", "complete"] {
        let shop = Workshop::open(Engine::new(), if call == "claim" { 1 } else { 4 });
        let task = shop.submit(json!({ "do": "sleep", "ms": 1_000 }));
        shop.until_running(1).await;
        let mut lost = false;
        shop.engine.set_script(move |name, completions| {
            let strikes = name == call && !completions.is_empty() && !lost;
            lost |= strikes;
            if strikes { Fault::LoseReply } else { Fault::None }
        });
        shop.engine.until(|state| state.heard.len() == 2).await;
        assert_eq!(shop.engine.outcomes(task), [Outcome::Succeeded], "{call}");
        let next = shop.submit(json!({ "do": "skip" }));
        shop.engine.until(|state| state.heard.len() == 3).await;
        assert_eq!(shop.engine.outcomes(next), [Outcome::Skipped], "{call}");
        shop.close().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_claim_costs_only_the_time_of_its_lease() {
    let shop = Workshop::open(Engine::new(), 2);
    shop.engine.until(|state| state.calls.contains_key("claim")).await;
    let mut lost = false;
    shop.engine.set_script(move |name, _| {
        let strikes = name == "claim" && !lost;
        lost |= strikes;
        if strikes { Fault::LoseReply } else { Fault::None }
    });
    tokio::time::sleep(Duration::from_secs(31)).await;
    let began = Instant::now();
    let task = shop.submit(json!({ "do": "skip" }));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.outcomes(task), [Outcome::Skipped]);
    assert!(began.elapsed() < Duration::from_secs(62), "{:?}", began.elapsed());
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn outcomes_survive_an_engine_that_is_away_for_less_than_the_lease() {
    let shop = Workshop::open(Engine::new(), 4);
    let tasks: Vec<_> = (0..4).map(|_| shop.submit(json!({ "do": "sleep", "ms": 1_000 }))).collect();
    shop.until_running(4).await;
    shop.engine.set_script(|_, _| Fault::Away);
    tokio::time::sleep(Duration::from_secs(15)).await;
    shop.engine.set_script(|_, _| Fault::None);
    shop.engine.until(|state| state.heard.len() == 4).await;
    assert!(tasks.iter().all(|task| shop.engine.outcomes(*task) == [Outcome::Succeeded]));
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn one_outcome_that_the_engine_cannot_take_does_not_hold_up_the_others() {
    let shop = Workshop::open(Engine::new(), 8);
    let tasks: Vec<_> = (0..8).map(|_| shop.submit(json!({ "do": "sleep", "ms": 1_000 }))).collect();
    let broken = tasks[3];
    shop.engine.set_script(move |_, completions| {
        if completions.iter().any(|completion| completion.task == broken) {
            Fault::Refuse
        } else {
            Fault::None
        }
    });
    shop.engine.until(|state| state.heard.len() == 7).await;
    let told = tasks.iter().filter(|task| shop.engine.outcomes(**task) == [Outcome::Succeeded]).count();
    assert_eq!((told, shop.engine.outcomes(broken)), (7, vec![]));
    shop.engine.set_script(|_, _| Fault::None);
    shop.engine.until(|state| state.heard.iter().any(|(completion, _)| completion.task == broken)).await;
    assert_eq!(shop.engine.outcomes(broken), [Outcome::Succeeded], "it ran again under another lease");
    shop.close().await;
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_does_not_let_claims_wait_is_not_asked_in_a_hurry() {
    let shop = Workshop::open(Engine::scripted(|_, _| Fault::Nothing), 4);
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(shop.engine.calls("claim") < 20, "{} claims in 20 s", shop.engine.calls("claim"));
    let task = shop.submit(json!({ "do": "skip" }));
    shop.engine.until(|state| !state.heard.is_empty()).await;
    assert_eq!(shop.engine.outcomes(task), [Outcome::Skipped]);
    shop.close().await;
}
