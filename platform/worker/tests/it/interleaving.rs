//! Whatever goes wrong and whenever it stops, each claimed task has one outcome under its lease.

use std::{collections::HashMap, time::Duration};

use metier_core::Random;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    engine::{Engine, Fault, State},
    workshop::Workshop,
};

fn order() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (0_u64..3_000).prop_map(|ms| json!({ "do": "sleep", "ms": ms })),
        6 => Just(json!({ "do": "skip" })),
        1 => Just(json!({ "do": "fail" })),
        1 => Just(json!({ "do": "panic" })),
        1 => Just(json!({ "do": "talk" })),
        1 => Just(json!({ "do": "hang" })),
    ]
}

/// Faults at random, as many of a thousand calls as given.
fn misbehaving(seed: u64, (away, lost, hung): (u32, u32, u32)) -> Engine {
    let random = Random::seeded(seed);
    Engine::scripted(move |_, _| match (random.fraction() * 1_000.0) as u32 {
        dice if dice < away => Fault::Away,
        dice if dice < away + lost => Fault::LoseReply,
        dice if dice < away + lost + hung => Fault::Hang,
        _ => Fault::None,
    })
}

async fn work(engine: Engine, orders: Vec<Value>, slots: usize, stop_after: Duration) -> Engine {
    let shop = Workshop::open(engine, slots);
    for (place, order) in orders.into_iter().enumerate() {
        let limit = if place % 7 == 0 { Duration::from_secs(1) } else { Duration::ZERO };
        let task = shop.engine.submit("obedient", order, limit);
        if place % 5 == 0 {
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
        if place % 11 == 0 {
            shop.engine.stop(task, "cancelled");
        }
    }
    tokio::time::sleep(stop_after).await;
    shop.engine.set_script(|_, _| Fault::None);
    shop.close().await
}

fn check(state: &State, submitted: usize) -> Result<(), TestCaseError> {
    let mut told = HashMap::new();
    let mut accepted = HashMap::new();
    for (completion, was_accepted) in &state.heard {
        let key = (completion.lease.clone(), completion.task);
        let first = told.entry(key.clone()).or_insert(completion);
        prop_assert_eq!(*first, completion, "two different outcomes under one lease");
        *accepted.entry(key).or_insert(0) += usize::from(*was_accepted);
    }
    prop_assert!(accepted.values().all(|count| *count <= 1));
    for lease in state.leases.keys() {
        prop_assert!(state.forsaken.contains(lease), "tasks of {lease} have no outcome");
    }
    prop_assert!(state.heard.len() <= submitted * 20, "{} reports", state.heard.len());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_claimed_task_has_exactly_one_outcome_under_its_lease(
        orders in proptest::collection::vec(order(), 1..120),
        slots in 1_usize..9,
        seed in any::<u64>(),
        faults in (0_u32..150, 0_u32..150, 0_u32..30),
        stop_after in 0_u64..20_000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let submitted = orders.len();
        let work = work(misbehaving(seed, faults), orders, slots, Duration::from_millis(stop_after));
        let engine = runtime.block_on(work);
        check(&engine.state(), submitted)?;
    }
}
