//! Workers that fall silent.

use metier_jobs::{
    domain::state::RunState,
    ops::{tasks, upkeep},
};

use crate::bed::{beds, success};

#[tokio::test]
async fn a_lost_workers_tasks_run_elsewhere_and_its_late_report_is_refused() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        let lost = bed.claim(2).await;
        bed.expire_leases().await;
        upkeep::rescue(&bed.engine).await.unwrap();
        assert_eq!(bed.report(&lost, success()).await, [false, false]);
        let again = bed.claim(2).await;
        assert!(again.tasks.iter().all(|(task, _)| task.task.attempt == 2));
        bed.report(&again, success()).await;
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        assert_eq!((bed.tally("lost_attempts").await, bed.tally("late_completions").await), (2, 2));
        let detail = tasks::get(&bed.engine, &bed.maria, id, 0).await.unwrap();
        assert_eq!(detail.attempts[0].state, "lost");
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_report_after_the_lease_ran_out_is_refused_even_before_the_rescue() {
    for bed in beds().await {
        bed.submit(1).await;
        let lost = bed.claim(1).await;
        bed.expire_leases().await;
        assert_eq!(bed.report(&lost, success()).await, [false]);
        upkeep::rescue(&bed.engine).await.unwrap();
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_task_that_loses_every_worker_fails_and_says_so() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        for _ in 0..3 {
            bed.claim(1).await;
            bed.expire_leases().await;
            upkeep::rescue(&bed.engine).await.unwrap();
        }
        let run = bed.run(id).await;
        assert_eq!(run.row.run_state(), RunState::Failed);
        assert!(run.reason.unwrap().contains("the worker stopped sending heartbeats"));
        bed.recount().await;
    }
}
