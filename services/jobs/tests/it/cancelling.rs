//! Cancelling runs.

use std::time::Duration;

use metier_core::Fault;
use metier_jobs::{
    domain::{outcome::Outcome, state::RunState},
    ops::{runs, upkeep, work},
};

use crate::bed::{beds, success, worker};

#[tokio::test]
async fn a_run_that_nobody_works_on_is_cancelled_at_once() {
    for bed in beds().await {
        let id = bed.submit(3).await;
        let run = runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        assert_eq!((run.row.run_state(), run.row.cancelled), (RunState::Cancelled, 3));
        assert!(bed.claim(9).await.tasks.is_empty());
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_waiting_heartbeat_is_told_at_once_which_tasks_to_stop() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        let claimed = bed.claim(1).await;
        let (engine, lease) = (bed.engine.clone(), claimed.lease.unwrap());
        let beat = tokio::spawn(async move {
            work::heartbeat(&engine, &worker(), lease, (vec![], Duration::from_secs(5))).await
        });
        tokio::task::yield_now().await;
        let run = runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        assert_eq!((run.row.run_state(), run.row.running), (RunState::Cancelling, 1));
        let stops = beat.await.unwrap().unwrap().unwrap();
        assert_eq!(stops.iter().map(|stop| stop.task).collect::<Vec<_>>(), [claimed.tasks[0].0.task.task]);
        bed.report(&claimed, Outcome::Cancelled).await;
        assert_eq!(bed.state(id).await, RunState::Cancelled);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_cancelled_run_whose_worker_dies_is_cancelled_by_the_rescue() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        bed.claim(1).await;
        runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        bed.expire_leases().await;
        upkeep::rescue(&bed.engine).await.unwrap();
        assert_eq!(bed.state(id).await, RunState::Cancelled);
    }
}

#[tokio::test]
async fn work_that_finished_before_it_could_be_stopped_keeps_its_result() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        assert_eq!(bed.report(&claimed, success()).await, [true]);
        assert_eq!(bed.state(id).await, RunState::Succeeded);
    }
}

#[tokio::test]
async fn an_ended_run_cannot_be_cancelled() {
    for bed in beds().await {
        let id = bed.submit(0).await;
        let refused = runs::cancel(&bed.engine, &bed.maria, id).await.unwrap_err();
        assert_eq!(Fault::from(refused).code, "run_ended");
    }
}
