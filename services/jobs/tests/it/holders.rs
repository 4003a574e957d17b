//! A lease counts for who claimed it.

use std::time::Duration;

use metier_core::{Ctx, Fault, Grants, Role, WorkspaceId};
use metier_jobs::{
    domain::state::RunState,
    ops::{tasks, work},
};
use uuid::Uuid;

use crate::bed::{Bed, beds, reports, success, user, worker};

/// Whether a report, a heartbeat and output of this caller were taken.
async fn tried(bed: &Bed, ctx: &Ctx, claimed: &work::Claimed) -> Result<[bool; 3], metier_jobs::Error> {
    let (lease, task) = (claimed.tasks[0].0.lease, claimed.tasks[0].0.task.task);
    let line = vec![(task, "log".to_owned(), "mine".to_owned(), bed.clock.now())];
    let output = work::append_output(&bed.engine, ctx, lease, line).await?;
    let heartbeat = work::heartbeat(&bed.engine, ctx, lease, (vec![], Duration::ZERO)).await?;
    let report = work::complete(&bed.engine, ctx, reports(claimed, &success())).await?;
    Ok([report[0], heartbeat.is_some(), output])
}

#[tokio::test]
async fn a_lease_is_worth_nothing_to_anybody_else_nor_in_another_workspace() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        let grants = || Grants::parse(["tasks:claim"]).unwrap().into();
        let other = Ctx { grants: grants(), ..user(98, Role::Viewer) };
        assert_eq!(tried(&bed, &other, &claimed).await.unwrap(), [false; 3]);
        let elsewhere = Ctx { workspace: WorkspaceId::from_uuid(Uuid::from_u128(7)), ..worker() };
        assert_eq!(tried(&bed, &elsewhere, &claimed).await.unwrap(), [false; 3]);
        assert_eq!(bed.state(id).await, RunState::Running);
        assert_eq!(tried(&bed, &worker(), &claimed).await.unwrap(), [true; 3]);
    }
}

#[tokio::test]
async fn who_may_not_claim_any_more_cannot_report_either() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        let demoted = user(99, Role::Viewer);
        assert_eq!(demoted.actor, worker().actor);
        let reports = reports(&claimed, &success());
        let refusals = [
            work::complete(&bed.engine, &demoted, reports.clone()).await.map(drop),
            work::heartbeat(&bed.engine, &demoted, claimed.lease.unwrap(), (vec![], Duration::ZERO))
                .await
                .map(drop),
            work::append_output(&bed.engine, &demoted, claimed.lease.unwrap(), vec![]).await.map(drop),
            work::claim(&bed.engine, &demoted, bed.wish_of(&[], 1), reports).await.map(drop),
        ];
        for refused in refusals {
            assert_eq!(Fault::from(refused.unwrap_err()).code, "permission_denied");
        }
        assert_eq!(bed.state(id).await, RunState::Running);
        assert_eq!(bed.report(&claimed, success()).await, [true]);
    }
}

#[tokio::test]
async fn one_report_of_several_leases_leaves_in_each_what_is_open() {
    for bed in beds().await {
        let id = bed.submit(6).await;
        let mut claims = [bed.claim(2).await, bed.claim(2).await, bed.claim(2).await];
        let firsts = work::Claimed {
            tasks: claims.iter_mut().map(|claimed| claimed.tasks.remove(0)).collect(),
            ..Default::default()
        };
        assert_eq!(bed.report(&firsts, success()).await, [true; 3]);
        assert_eq!(bed.report(&firsts, success()).await, [false; 3]);
        for claimed in &claims {
            assert_eq!(bed.report(claimed, success()).await, [true]);
        }
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        bed.recount().await;
    }
}

#[tokio::test]
async fn one_heartbeat_tells_how_far_many_tasks_are_and_the_last_word_counts() {
    for bed in beds().await {
        let id = bed.submit(3).await;
        let claimed = bed.claim(3).await;
        for round in 0..2 {
            let step = |(place, thousandths): (usize, i64)| {
                (claimed.tasks[place].0.task.task, thousandths + round, "step".to_owned())
            };
            let progress = [(0, 100), (1, 200), (0, 150), (2, 5_000)].map(step).to_vec();
            let lease = claimed.lease.unwrap();
            work::heartbeat(&bed.engine, &worker(), lease, (progress, Duration::ZERO)).await.unwrap();
        }
        for (index, thousandths) in [(0, 151), (1, 201), (2, 1_000)] {
            let task = tasks::get(&bed.engine, &bed.maria, id, index).await.unwrap().task;
            assert_eq!(task.row.thousandths, Some(thousandths));
        }
    }
}
