//! Claiming and completing.

use std::time::Duration;

use metier_core::{Fault, PageRequest};
use metier_jobs::{
    domain::{outcome::Outcome, state::RunState},
    ops::{tasks, upkeep, work},
};

use crate::bed::{beds, failure, success, user};

#[tokio::test]
async fn a_run_goes_from_queued_over_running_to_succeeded_with_results() {
    for bed in beds().await {
        let id = bed.submit(3).await;
        assert_eq!(bed.state(id).await, RunState::Queued);
        let claimed = bed.claim(2).await;
        assert_eq!(claimed.tasks.iter().map(|(task, _)| task.index).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(bed.state(id).await, RunState::Running);
        assert_eq!(bed.report(&claimed, success()).await, [true, true]);
        bed.report(&bed.claim(9).await, success()).await;
        let run = bed.run(id).await;
        assert_eq!((run.row.run_state(), run.row.succeeded, run.reason), (RunState::Succeeded, 3, None));
        let results = tasks::results(&bed.engine, &bed.maria, id, &PageRequest::default()).await.unwrap();
        assert_eq!(results.items, [0, 1, 2].map(|index| (index, "42".to_owned())));
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_large_result_comes_back_from_the_blob_store() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let large = format!("\"{}\"", "x".repeat(100_000));
        bed.report(&bed.claim(1).await, Outcome::Succeeded(large.clone())).await;
        assert_eq!(tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap().result, Some(large));
    }
}

#[tokio::test]
async fn completions_ride_along_with_the_next_claim() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        let first = bed.claim(1).await;
        let reported = first.tasks.iter().map(|(task, _)| work::Reported {
            lease: task.lease,
            task: task.task.task,
            outcome: success(),
        });
        let second =
            work::claim(&bed.engine, &crate::bed::worker(), bed.wish(1), reported.collect()).await.unwrap();
        assert_eq!((second.accepted.as_slice(), second.tasks.len()), ([true].as_slice(), 1));
        bed.report(&second, success()).await;
        assert_eq!(bed.state(id).await, RunState::Succeeded);
    }
}

#[tokio::test]
async fn a_retryable_failure_waits_its_backoff_and_is_tried_again_until_attempts_run_out() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        for attempt in 1..=3 {
            let claimed = bed.claim(1).await;
            assert_eq!(claimed.tasks[0].0.task.attempt, attempt);
            bed.report(&claimed, Outcome::Retryable(failure(), None)).await;
            assert!(bed.claim(1).await.tasks.is_empty(), "not before the backoff");
            bed.clock.advance(Duration::from_secs(10));
            upkeep::promote(&bed.engine).await.unwrap();
        }
        let run = bed.run(id).await;
        assert_eq!(run.row.run_state(), RunState::Failed);
        assert_eq!(run.reason.as_deref(), Some("1 of 1 tasks did not succeed; first error: it broke"));
        let detail = tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap();
        let states: Vec<_> =
            detail.attempts.iter().map(|attempt| (attempt.state.as_str(), attempt.is_final)).collect();
        assert_eq!(states, [("failed", 0), ("failed", 0), ("failed", 1)]);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_permanent_failure_among_successes_makes_the_run_partial() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        bed.report(&bed.claim(1).await, Outcome::Permanent(failure())).await;
        bed.report(&bed.claim(1).await, success()).await;
        assert_eq!(bed.state(id).await, RunState::Partial);
    }
}

#[tokio::test]
async fn a_task_is_completed_once_and_a_second_report_is_refused() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        assert_eq!(bed.report(&claimed, success()).await, [true]);
        assert_eq!(bed.report(&claimed, Outcome::Permanent(failure())).await, [false]);
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        assert_eq!(bed.tally("late_completions").await, 1);
    }
}

#[tokio::test]
async fn a_released_task_keeps_its_attempt() {
    for bed in beds().await {
        bed.submit(1).await;
        bed.report(&bed.claim(1).await, Outcome::Released).await;
        assert_eq!(bed.claim(1).await.tasks[0].0.task.attempt, 1);
    }
}

#[tokio::test]
async fn a_claim_waits_for_a_run_and_is_woken_by_it() {
    for bed in beds().await {
        let mut wish = bed.wish(1);
        wish.wait = Duration::from_secs(30);
        let engine = bed.engine.clone();
        let waiting =
            tokio::spawn(async move { work::claim(&engine, &crate::bed::worker(), wish, vec![]).await });
        tokio::task::yield_now().await;
        bed.submit(1).await;
        assert_eq!(waiting.await.unwrap().unwrap().tasks.len(), 1);
    }
}

#[tokio::test]
async fn output_and_progress_are_kept_under_a_lease_and_refused_after_it() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        let (lease, task) = (claimed.lease.unwrap(), claimed.tasks[0].0.task.task);
        let now = bed.clock.now();
        let piece = || vec![(task, "stdout".to_owned(), "half way\n".to_owned(), now)];
        assert!(work::append_output(&bed.engine, &crate::bed::worker(), lease, piece()).await.unwrap());
        let progress = (vec![(task, 500, "half".to_owned())], Duration::ZERO);
        let stops = work::heartbeat(&bed.engine, &crate::bed::worker(), lease, progress).await.unwrap();
        assert_eq!(stops, Some(vec![]));
        let page =
            tasks::output(&bed.engine, &bed.maria, (id, 0, None), &PageRequest::default()).await.unwrap();
        assert_eq!(page.items[0].text, "half way\n");
        let task_view = tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap().task;
        assert_eq!(task_view.row.thousandths, Some(500));
        bed.report(&claimed, success()).await;
        assert!(!work::append_output(&bed.engine, &crate::bed::worker(), lease, piece()).await.unwrap());
        let progress = (vec![], Duration::ZERO);
        assert_eq!(work::heartbeat(&bed.engine, &crate::bed::worker(), lease, progress).await.unwrap(), None);
    }
}

#[tokio::test]
async fn only_who_may_claim_a_kind_claims_it() {
    for bed in beds().await {
        let refused = work::claim(&bed.engine, &bed.maria, bed.wish(1), vec![]).await.unwrap_err();
        assert_eq!(Fault::from(refused).code, "permission_denied");
        let mut narrow = user(5, metier_core::Role::Viewer);
        narrow.grants = metier_core::Grants::parse(["tasks.count:claim"]).unwrap().into();
        assert!(work::claim(&bed.engine, &narrow, bed.wish(1), vec![]).await.is_ok());
    }
}
