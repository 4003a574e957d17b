//! What keys allow: so many tasks at a time, so many attempts a while.

use std::time::Duration;

use metier_core::{Fault, PageRequest, Role, RunId};
use metier_jobs::{
    domain::{
        conditions::Conditions,
        limit::{KeyLimit, Limit, Rate},
        outcome::Outcome,
        state::RunState,
    },
    ops::{
        limits, queues, runs, upkeep,
        work::{self, Claimed},
    },
};

use crate::bed::{Bed, beds, failure, reports, success, user, worker};

pub fn at_a_time(concurrency: i64) -> Limit {
    Limit { concurrency: Some(concurrency), rate: None }
}

fn per_minute(count: i64, burst: i64) -> Limit {
    Limit { concurrency: None, rate: Some(Rate { count, per_seconds: 60, burst }) }
}

pub async fn submit(bed: &Bed, items: usize, key: &str, limit: Limit) -> RunId {
    submit_to(bed, "default", items, (key, limit)).await
}

async fn submit_to(bed: &Bed, queue: &str, items: usize, (key, limit): (&str, Limit)) -> RunId {
    let mut submission = bed.submission(items);
    submission.queue = Some(queue.into());
    submission.conditions =
        Conditions { requires: vec![], limits: vec![KeyLimit { key: key.into(), limit }] };
    bed.submit_as(&bed.maria, submission).await.unwrap()
}

pub async fn in_use(bed: &Bed, key: &str) -> i64 {
    limits::get(&bed.engine, &user(2, Role::Operator), key).await.unwrap().in_use
}

async fn claim_and_report(bed: &Bed, limit: i64, reported: &Claimed) -> Claimed {
    let reported = reports(reported, &success());
    work::claim(&bed.engine, &worker(), bed.wish(limit), reported).await.unwrap()
}

#[tokio::test]
async fn never_more_tasks_of_a_key_run_than_it_allows_whichever_queue_they_are_in() {
    for bed in beds().await {
        submit(&bed, 10, "board", at_a_time(3)).await;
        submit_to(&bed, "other", 10, ("board", at_a_time(99))).await;
        let free = bed.submit(4).await;
        let first = bed.claim(100).await;
        let unlimited = first.tasks.iter().filter(|(task, _)| task.run.id == free).count();
        assert_eq!((first.tasks.len(), unlimited), (7, 4), "three of the key, and all that have none");
        assert!(bed.claim(100).await.tasks.is_empty());
        assert_eq!(in_use(&bed, "board").await, 3);
        let next = claim_and_report(&bed, 100, &first).await;
        assert_eq!(next.tasks.len(), 3, "the slots that a report frees are taken in the same call");
        let rest = reports(&next, &success());
        assert_eq!(work::complete(&bed.engine, &worker(), rest).await.unwrap(), [true; 3]);
        assert_eq!(in_use(&bed, "board").await, 0);
        bed.recount().await;
    }
}

#[tokio::test]
async fn every_end_of_an_attempt_frees_its_slot() {
    let outcomes = [
        Outcome::Retryable(failure(), None),
        Outcome::Permanent(failure()),
        Outcome::TimedOut,
        Outcome::Cancelled,
        Outcome::Skipped,
        Outcome::Released,
        success(),
    ];
    for bed in beds().await {
        for outcome in &outcomes {
            submit(&bed, 1, "one", at_a_time(1)).await;
            let claimed = bed.claim(9).await;
            assert_eq!((claimed.tasks.len(), in_use(&bed, "one").await), (1, 1), "before {outcome:?}");
            bed.report(&claimed, outcome.clone()).await;
            assert_eq!(in_use(&bed, "one").await, 0, "after {outcome:?}");
            bed.report(&claimed, success()).await;
            assert_eq!(in_use(&bed, "one").await, 0, "a late report frees nothing a second time");
        }
    }
}

#[tokio::test]
async fn a_lost_worker_and_an_overdue_attempt_free_their_slots() {
    for bed in beds().await {
        submit(&bed, 2, "one", at_a_time(1)).await;
        bed.claim(9).await;
        bed.expire_leases().await;
        upkeep::rescue(&bed.engine).await.unwrap();
        assert_eq!(in_use(&bed, "one").await, 0);
        assert_eq!(bed.claim(9).await.tasks.len(), 1);
        bed.let_attempts_take(Duration::from_secs(400)).await;
        upkeep::rescue(&bed.engine).await.unwrap();
        assert_eq!(in_use(&bed, "one").await, 0);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_paused_queue_holds_no_slots_of_a_key_that_others_need() {
    for bed in beds().await {
        submit_to(&bed, "slow", 5, ("shared", at_a_time(1))).await;
        queues::pause(&bed.engine, &user(2, Role::Operator), "slow").await.unwrap();
        let other = submit(&bed, 1, "shared", at_a_time(1)).await;
        assert_eq!(bed.claim(9).await.tasks[0].0.run.id, other);
    }
}

#[tokio::test]
async fn cancel_and_replay_work_on_what_a_key_holds_back() {
    for bed in beds().await {
        let run = submit(&bed, 5, "one", at_a_time(1)).await;
        let claimed = bed.claim(9).await;
        runs::cancel(&bed.engine, &bed.maria, run).await.unwrap();
        bed.report(&claimed, Outcome::Cancelled).await;
        assert_eq!((bed.state(run).await, in_use(&bed, "one").await), (RunState::Cancelled, 0));
        runs::retry(&bed.engine, &bed.maria, run, None).await.unwrap();
        for _ in 0..5 {
            let claimed = bed.claim(9).await;
            assert_eq!(claimed.tasks.len(), 1);
            bed.report(&claimed, success()).await;
        }
        assert_eq!(bed.state(run).await, RunState::Succeeded);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_claim_that_waits_is_woken_when_a_slot_gets_free_or_the_limit_is_raised() {
    for bed in beds().await {
        submit(&bed, 3, "one", at_a_time(1)).await;
        let claimed = bed.claim(1).await;
        let patient = || work::ClaimWish { wait: Duration::from_secs(40), ..bed.wish(1) };
        let second = async {
            let worker = worker();
            work::claim(&bed.engine, &worker, patient(), vec![]).await.unwrap().tasks.len()
        };
        let freeing = async { bed.report(&claimed, success()).await };
        let (found, _) = tokio::join!(second, freeing);
        assert_eq!(found, 1);
        let third = async {
            let worker = worker();
            work::claim(&bed.engine, &worker, patient(), vec![]).await.unwrap().tasks.len()
        };
        let operator = user(2, Role::Operator);
        let (found, _) = tokio::join!(third, limits::set(&bed.engine, &operator, "one", at_a_time(2)));
        assert_eq!(found, 1);
    }
}

#[tokio::test]
async fn a_rate_lets_its_burst_begin_and_then_one_at_a_time() {
    for bed in beds().await {
        submit(&bed, 10, "api", per_minute(6, 3)).await;
        let first = bed.claim(100).await;
        assert_eq!(first.tasks.len(), 3);
        assert!(claim_and_report(&bed, 100, &first).await.tasks.is_empty(), "an end gives no token back");
        earlier(&bed, Duration::from_secs(9)).await;
        assert!(bed.claim(100).await.tasks.is_empty());
        earlier(&bed, Duration::from_secs(11)).await;
        assert_eq!(bed.claim(100).await.tasks.len(), 2);
        earlier(&bed, Duration::from_secs(3_600)).await;
        assert_eq!(bed.claim(100).await.tasks.len(), 3, "a pause saves up no more than the burst");
    }
}

/// Lets so much time have passed for every limit, whichever clock measures it.
async fn earlier(bed: &Bed, time: Duration) {
    let micros = i64::try_from(time.as_micros()).unwrap();
    bed.execute("UPDATE limits SET next_token_at = next_token_at - $1", vec![micros.into()]).await;
}

#[tokio::test]
async fn the_first_to_name_a_key_says_what_it_allows_until_somebody_sets_it() {
    for bed in beds().await {
        let (engine, operator) = (&bed.engine, user(2, Role::Operator));
        submit(&bed, 1, "mail", at_a_time(2)).await;
        submit(&bed, 1, "mail", at_a_time(50)).await;
        let allowed = async || limits::get(engine, &operator, "mail").await.unwrap().limit();
        assert_eq!(allowed().await, at_a_time(2));
        limits::set(engine, &operator, "mail", per_minute(60, 5)).await.unwrap();
        assert_eq!(allowed().await, per_minute(60, 5));
        let refused = limits::set(engine, &bed.maria, "mail", at_a_time(9)).await.unwrap_err();
        assert_eq!(Fault::from(refused).code, "permission_denied");
        let listed = limits::list(engine, &operator, &PageRequest::default()).await.unwrap().items;
        assert_eq!(listed.iter().map(|row| (row.key.as_str(), row.ready)).collect::<Vec<_>>(), [("mail", 2)]);
        limits::delete(engine, &operator, "mail").await.unwrap();
        assert_eq!(Fault::from(limits::get(engine, &operator, "mail").await.unwrap_err()).code, "not_found");
        assert_eq!(bed.claim(9).await.tasks.len(), 2, "a limit that is lifted holds nothing back");
    }
}

#[tokio::test]
async fn lowering_a_limit_stops_nothing_that_runs() {
    for bed in beds().await {
        submit(&bed, 6, "mail", at_a_time(4)).await;
        let claimed = bed.claim(9).await;
        limits::set(&bed.engine, &user(2, Role::Operator), "mail", at_a_time(1)).await.unwrap();
        assert_eq!(bed.report(&claimed, success()).await, [true; 4]);
        assert_eq!(bed.claim(9).await.tasks.len(), 1);
    }
}

#[tokio::test]
async fn keys_and_limits_that_make_no_sense_are_refused_and_change_nothing() {
    for bed in beds().await {
        let asked = |limits: Vec<KeyLimit>| {
            let conditions = Conditions { requires: vec![], limits };
            metier_jobs::ops::submit::Submission { conditions, ..bed.submission(1) }
        };
        let key = |key: &str, limit| KeyLimit { key: key.into(), limit };
        let zero = Limit { concurrency: None, rate: Some(Rate { count: 0, per_seconds: 60, burst: 1 }) };
        let refusals = [
            (vec![key("a b", at_a_time(1))], "/limits/0/key"),
            (vec![key("a", at_a_time(0))], "/limits/0/concurrency"),
            (vec![key("a", zero)], "/limits/0/rate/count"),
            (vec![key("a", at_a_time(1)), key("b", at_a_time(1))], "/limits"),
        ];
        for (limits, field) in refusals {
            let fault = Fault::from(bed.submit_as(&bed.maria, asked(limits)).await.unwrap_err());
            assert_eq!(fault.violations[0].field, field);
        }
        let unknown = asked(vec![key("nobody-said", Limit::default())]);
        let fault = Fault::from(bed.submit_as(&bed.maria, unknown).await.unwrap_err());
        assert_eq!(fault.code, "unknown_limit");
        assert!(bed.claim(9).await.tasks.is_empty());
    }
}

#[tokio::test]
async fn many_keys_share_a_claim_and_none_is_passed_over() {
    for bed in beds().await {
        for number in 0..70 {
            submit(&bed, 2, &format!("customer:{number}"), at_a_time(1)).await;
        }
        let first = bed.claim(1_000).await;
        assert_eq!(first.tasks.len(), 64, "a claim holds so many limits at most");
        assert_eq!(bed.claim(1_000).await.tasks.len(), 6);
        bed.report(&first, success()).await;
        assert_eq!(bed.claim(1_000).await.tasks.len(), 64);
    }
}

#[tokio::test]
async fn a_run_that_a_key_holds_back_says_so_and_what_would_start_it_now() {
    for bed in beds().await {
        let first = submit(&bed, 1, "one", at_a_time(1)).await;
        let second = submit(&bed, 1, "one", at_a_time(1)).await;
        bed.claim(9).await;
        let (holder, waiting) = (bed.run(first).await, bed.run(second).await);
        assert_eq!(holder.waits, None);
        let waits = waiting.waits.unwrap();
        let begin = format!("key one is full: 1 of 1 in use by runs {}, the oldest since", holder.row.number);
        assert!(waits.sentence.starts_with(&begin), "{}", waits.sentence);
        assert_eq!(waits.starts_now_if.as_deref(), Some("the limit of key one is raised to 2"));
        limits::set(&bed.engine, &user(2, Role::Operator), "one", at_a_time(2)).await.unwrap();
        assert_eq!(bed.claim(9).await.tasks[0].0.run.id, second, "what was said would start it does");
    }
}

#[tokio::test]
async fn a_run_that_a_rate_holds_back_says_when_its_turn_comes() {
    for bed in beds().await {
        submit(&bed, 1, "api", per_minute(6, 1)).await;
        let second = submit(&bed, 3, "api", per_minute(6, 1)).await;
        bed.claim(9).await;
        let waits = bed.run(second).await.waits.unwrap();
        let wait = waits.starts_at.unwrap().since(bed.clock.now());
        assert_eq!(waits.cause, "rate");
        assert!(wait > Duration::from_secs(5) && wait <= Duration::from_secs(10), "{wait:?}");
    }
}

#[tokio::test]
async fn queues_tell_how_many_tasks_their_keys_hold_back() {
    for bed in beds().await {
        submit(&bed, 4, "one", at_a_time(1)).await;
        bed.submit(2).await;
        let operator = user(2, Role::Operator);
        let told = async || queues::list(&bed.engine, &operator).await.unwrap().pop().unwrap();
        assert_eq!((told().await.ready, told().await.held_back), (6, 0));
        bed.claim(9).await;
        assert_eq!((told().await.ready, told().await.held_back), (3, 3));
    }
}
