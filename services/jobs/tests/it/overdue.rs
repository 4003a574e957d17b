//! Attempts that take too long under a worker that goes on sending heartbeats.

use std::time::Duration;

use metier_core::RunId;
use metier_jobs::{
    domain::state::RunState,
    ops::{tasks, upkeep, work::Stop},
};

use crate::bed::{Bed, beds, success};

/// The runs' timeout; with a lease of 15 s an attempt is ended 15 s after it.
const TIMEOUT: Duration = Duration::from_secs(60);

async fn submit(bed: &Bed, items: usize, timeout: Duration, max_attempts: i64) -> RunId {
    let mut submission = bed.submission(items);
    (submission.timeout, submission.max_attempts) = (Some(timeout), Some(max_attempts));
    bed.submit_as(&bed.maria, submission).await.unwrap()
}

async fn pass(bed: &Bed, seconds: u64) {
    bed.let_attempts_take(Duration::from_secs(seconds)).await;
    upkeep::rescue(&bed.engine).await.unwrap();
}

#[tokio::test]
async fn a_worker_that_ignores_the_timeout_and_sends_heartbeats_for_ever_loses_the_task() {
    for bed in beds().await {
        let id = submit(&bed, 1, TIMEOUT, 2).await;
        let claimed = bed.claim(1).await;
        for _ in 0..3 {
            pass(&bed, 20).await;
            assert_eq!(bed.heartbeat(&claimed).await, Some(vec![]), "it has its time");
        }
        pass(&bed, 8).await;
        let stop = Stop { task: claimed.tasks[0].0.task.task, reason: "timed_out" };
        assert_eq!(bed.heartbeat(&claimed).await, Some(vec![stop]), "it is asked to stop first");
        pass(&bed, 7).await;
        assert_eq!(bed.heartbeat(&claimed).await, None);
        assert_eq!(bed.report(&claimed, success()).await, [false]);
        let run = bed.run(id).await.row;
        assert_eq!((run.running, run.ready), (0, 1), "its place is free");
        bed.clock.advance(Duration::from_secs(10));
        upkeep::promote(&bed.engine).await.unwrap();
        let again = bed.claim(1).await;
        assert_eq!(again.tasks[0].0.task.attempt, 2);
        bed.report(&again, success()).await;
        let detail = tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap();
        let states: Vec<_> = detail.attempts.iter().map(|attempt| attempt.state.as_str()).collect();
        assert_eq!(states, ["timed_out", "succeeded"]);
        assert_eq!((bed.tally("overdue_attempts").await, bed.tally("lost_attempts").await), (1, 0));
        bed.recount().await;
    }
}

#[tokio::test]
async fn when_the_last_attempt_takes_too_long_the_run_is_timed_out() {
    for bed in beds().await {
        let id = submit(&bed, 1, TIMEOUT, 1).await;
        bed.claim(1).await;
        pass(&bed, 75).await;
        assert_eq!(bed.state(id).await, RunState::TimedOut);
        bed.recount().await;
    }
}

#[tokio::test]
async fn of_one_lease_only_what_takes_too_long_is_ended() {
    for bed in beds().await {
        let short = submit(&bed, 1, TIMEOUT, 1).await;
        let long = submit(&bed, 1, TIMEOUT * 60, 1).await;
        let claimed = bed.claim(2).await;
        pass(&bed, 80).await;
        assert_eq!((bed.state(short).await, bed.state(long).await), (RunState::TimedOut, RunState::Running));
        assert!(bed.heartbeat(&claimed).await.is_some());
        assert_eq!(bed.report(&claimed, success()).await, [false, true]);
        assert_eq!(bed.state(long).await, RunState::Succeeded);
        bed.recount().await;
    }
}

#[tokio::test]
async fn what_was_claimed_together_may_be_done_one_after_the_other() {
    for bed in beds().await {
        let id = submit(&bed, 2, TIMEOUT, 1).await;
        let mut first = bed.claim(2).await;
        let second =
            metier_jobs::ops::work::Claimed { tasks: vec![first.tasks.remove(1)], ..Default::default() };
        pass(&bed, 70).await;
        assert_eq!(bed.report(&first, success()).await, [true]);
        pass(&bed, 70).await;
        assert_eq!(bed.report(&second, success()).await, [true]);
        assert_eq!(bed.state(id).await, RunState::Succeeded);
    }
}

#[tokio::test]
async fn what_takes_too_long_in_a_run_that_is_being_cancelled_ends_the_run() {
    for bed in beds().await {
        let id = submit(&bed, 1, TIMEOUT, 3).await;
        let claimed = bed.claim(1).await;
        metier_jobs::ops::runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        assert_eq!(bed.heartbeat(&claimed).await.unwrap()[0].reason, "cancelled");
        pass(&bed, 75).await;
        assert!(bed.state(id).await.has_ended());
        bed.recount().await;
    }
}
