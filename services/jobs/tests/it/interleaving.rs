//! Any interleaving of what workers, people and loops do keeps the counters true and ends every task once.

use std::time::Duration;

use metier_db::sql;
use metier_jobs::{
    domain::outcome::Outcome,
    ops::{runs, upkeep, work::Claimed},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    bed::{Bed, beds, failure, success},
    keys::{at_a_time, submit},
};

const SEEDS: u64 = 12;
const STEPS: usize = 40;
const ALLOWED: i64 = 2;

#[tokio::test]
async fn counters_agree_and_every_task_has_one_recorded_outcome_whatever_the_order() {
    for bed in beds().await {
        for seed in 0..SEEDS {
            let mut random = StdRng::seed_from_u64(seed);
            let mut submitted = Vec::new();
            let mut claims = Vec::new();
            for _ in 0..STEPS {
                step(&bed, &mut random, &mut submitted, &mut claims).await;
                assert_within_limits(&bed).await;
            }
            bed.recount().await;
            finish(&bed, &submitted).await;
        }
        bed.recount().await;
        let query = "SELECT count(*) FROM (SELECT task, epoch FROM attempts WHERE final = 1 GROUP BY task, epoch HAVING count(*) > 1) AS twice";
        assert_eq!(sql::scalar::<i64>(bed.database().reader(), query, vec![]).await.unwrap(), Some(0));
    }
}

async fn step(
    bed: &Bed,
    random: &mut StdRng,
    submitted: &mut Vec<metier_core::RunId>,
    claims: &mut Vec<Claimed>,
) {
    match random.random_range(0..10) {
        0 | 1 => {
            let items = random.random_range(0..4);
            submitted.push(match random.random_range(0..3) {
                0 => bed.submit(items).await,
                1 => submit(bed, items, "narrow", at_a_time(ALLOWED)).await,
                _ => submit(bed, items, "spare", at_a_time(ALLOWED)).await,
            });
        }
        2 | 3 => claims.push(bed.claim(random.random_range(1..4)).await),
        4 | 5 if !claims.is_empty() => {
            let place = random.random_range(0..claims.len());
            let outcome = match random.random_range(0..6) {
                0 => Outcome::Retryable(failure(), None),
                1 => Outcome::Permanent(failure()),
                2 => Outcome::TimedOut,
                3 => Outcome::Released,
                _ => success(),
            };
            bed.report(&claims[place], outcome).await;
        }
        6 => {
            bed.expire_leases().await;
            upkeep::rescue(&bed.engine).await.unwrap();
        }
        7 if !submitted.is_empty() => {
            let run = submitted[random.random_range(0..submitted.len())];
            match random.random_bool(0.5) {
                true => drop(runs::cancel(&bed.engine, &bed.maria, run).await),
                false => drop(runs::retry(&bed.engine, &bed.maria, run, None).await),
            }
        }
        8 => {
            for claimed in claims.iter().filter(|claimed| !claimed.tasks.is_empty()) {
                bed.heartbeat(claimed).await;
            }
            bed.let_attempts_take(Duration::from_secs(400)).await;
            upkeep::rescue(&bed.engine).await.unwrap();
        }
        _ => {
            bed.clock.advance(Duration::from_secs(11));
            upkeep::promote(&bed.engine).await.unwrap();
        }
    }
}

async fn assert_within_limits(bed: &Bed) {
    let query = "SELECT coalesce(max(in_use), 0) FROM limits";
    let most = sql::scalar::<i64>(bed.database().reader(), query, vec![]).await.unwrap().unwrap();
    assert!(most <= ALLOWED, "{most} tasks of a key run at a time");
}

/// Lets everything end.
async fn finish(bed: &Bed, submitted: &[metier_core::RunId]) {
    loop {
        bed.expire_leases().await;
        upkeep::rescue(&bed.engine).await.unwrap();
        bed.clock.advance(Duration::from_secs(11));
        upkeep::promote(&bed.engine).await.unwrap();
        let claimed = bed.claim(1_000).await;
        if claimed.tasks.is_empty() {
            break;
        }
        bed.report(&claimed, success()).await;
    }
    for run in submitted {
        assert!(bed.state(*run).await.has_ended(), "every run ends");
    }
}
