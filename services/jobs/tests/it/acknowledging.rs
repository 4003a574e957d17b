//! Acknowledging items as Jobber's executors do: each is counted once.

use metier_core::{Fault, Role};
use metier_jobs::{domain::state::RunState, ops::work};
use uuid::Uuid;

use crate::bed::{Bed, beds, failure, user, worker};
use metier_jobs::domain::outcome::Outcome;

async fn acknowledge(bed: &Bed, run: i64, item: (Uuid, i64)) -> Result<(), Fault> {
    work::acknowledge(&bed.engine, &worker(), run, Ok(item)).await.map_err(Fault::from)
}

#[tokio::test]
async fn an_item_is_counted_once_however_often_it_is_acknowledged() {
    for bed in beds().await {
        let id = bed.submit(3).await;
        let run = bed.run(id).await.row.number;
        let claimed = bed.claim(3).await;
        let items: Vec<_> = claimed.tasks.iter().map(|(task, _)| (task.lease, task.task.task)).collect();
        let (first, second) = (acknowledge(&bed, run, items[0]), acknowledge(&bed, run, items[0]));
        let (first, second) = futures::join!(first, second);
        first.unwrap();
        second.unwrap();
        acknowledge(&bed, run, items[0]).await.unwrap();
        assert_eq!(bed.run(id).await.row.succeeded, 1);
        acknowledge(&bed, run, items[1]).await.unwrap();
        assert_eq!(bed.state(id).await, RunState::Running);
        acknowledge(&bed, run, items[2]).await.unwrap();
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        bed.recount().await;
    }
}

#[tokio::test]
async fn an_item_of_an_ended_lease_is_not_counted_and_runs_elsewhere() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let run = bed.run(id).await.row.number;
        let claimed = bed.claim(1).await;
        let item = (claimed.tasks[0].0.lease, claimed.tasks[0].0.task.task);
        bed.expire_leases().await;
        assert_eq!(acknowledge(&bed, run, item).await.unwrap_err().code, "lease_ended");
        assert_eq!(bed.run(id).await.row.succeeded, 0);
    }
}

#[tokio::test]
async fn an_item_with_another_outcome_keeps_it() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let run = bed.run(id).await.row.number;
        let claimed = bed.claim(1).await;
        bed.report(&claimed, Outcome::Permanent(failure())).await;
        let item = (claimed.tasks[0].0.lease, claimed.tasks[0].0.task.task);
        assert_eq!(acknowledge(&bed, run, item).await.unwrap_err().code, "lease_ended");
        assert_eq!(bed.state(id).await, RunState::Failed);
    }
}

#[tokio::test]
async fn only_workers_acknowledge_and_only_items_of_that_job() {
    for bed in beds().await {
        let (id, other) = (bed.submit(1).await, bed.submit(1).await);
        let run = bed.run(other).await.row.number;
        let claimed = bed.claim(1).await;
        let item = (claimed.tasks[0].0.lease, claimed.tasks[0].0.task.task);
        assert_eq!(acknowledge(&bed, run, item).await.unwrap_err().code, "not_found");
        assert_eq!(acknowledge(&bed, 999, item).await.unwrap_err().code, "not_found");
        let person = work::acknowledge(&bed.engine, &user(1, Role::User), run, Ok(item)).await.unwrap_err();
        assert_eq!(Fault::from(person).code, "permission_denied");
        let (worker, no_item) = (worker(), Err(Fault::invalid("lease", "is missing")));
        let nameless = work::acknowledge(&bed.engine, &worker, run, no_item).await.unwrap_err();
        assert_eq!(Fault::from(nameless).code, "invalid_parameters");
        assert_eq!(bed.run(id).await.row.succeeded, 0);
    }
}
