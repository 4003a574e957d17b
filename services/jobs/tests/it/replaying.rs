//! Replaying what did not succeed.

use metier_core::Fault;
use metier_jobs::{
    domain::{outcome::Outcome, state::RunState},
    ops::runs,
};

use crate::bed::{beds, failure, success};

#[tokio::test]
async fn a_replay_opens_the_run_under_a_new_epoch_for_failed_tasks_only() {
    for bed in beds().await {
        let id = bed.submit(3).await;
        bed.report(&bed.claim(2).await, Outcome::Permanent(failure())).await;
        bed.report(&bed.claim(1).await, success()).await;
        assert_eq!(bed.state(id).await, RunState::Partial);
        let (run, tasks) = runs::retry(&bed.engine, &bed.maria, id, None).await.unwrap();
        assert_eq!((run.row.run_state(), run.row.epoch, tasks), (RunState::Running, 2, 2));
        let again = bed.claim(9).await;
        assert_eq!(again.tasks.len(), 2);
        assert!(again.tasks.iter().all(|(task, _)| task.task.attempt == 2));
        bed.report(&again, success()).await;
        let run = bed.run(id).await;
        assert_eq!((run.row.run_state(), run.row.succeeded, run.reason), (RunState::Succeeded, 3, None));
        bed.recount().await;
    }
}

#[tokio::test]
async fn one_task_can_be_replayed_alone() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        bed.report(&bed.claim(2).await, Outcome::Permanent(failure())).await;
        runs::retry(&bed.engine, &bed.maria, id, Some(1)).await.unwrap();
        let again = bed.claim(9).await;
        assert_eq!(again.tasks.iter().map(|(task, _)| task.index).collect::<Vec<_>>(), [1]);
        bed.report(&again, success()).await;
        assert_eq!(bed.state(id).await, RunState::Partial);
        bed.recount().await;
    }
}

#[tokio::test]
async fn an_open_run_and_a_good_run_are_not_replayed() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let open = runs::retry(&bed.engine, &bed.maria, id, None).await.unwrap_err();
        assert_eq!(Fault::from(open).code, "run_open");
        bed.report(&bed.claim(1).await, success()).await;
        let good = runs::retry(&bed.engine, &bed.maria, id, None).await.unwrap_err();
        assert_eq!(Fault::from(good).code, "nothing_to_replay");
    }
}
