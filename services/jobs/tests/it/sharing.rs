//! Between owners the line is shared; within an owner's own, priority and age decide.

use std::{collections::HashMap, time::Duration};

use metier_core::{Ctx, Role};
use metier_db::sql;
use metier_jobs::ops::work::{self, ClaimWish, Claimed};

use crate::bed::{Bed, beds, success, user, worker};

async fn submit(bed: &Bed, ctx: &Ctx, items: usize, priority: i64) -> metier_core::RunId {
    let mut submission = bed.submission(items);
    submission.priority = priority;
    bed.submit_as(ctx, submission).await.unwrap()
}

fn owners(claimed: &Claimed) -> HashMap<u128, usize> {
    let mut counted = HashMap::new();
    for (task, _) in &claimed.tasks {
        *counted.entry(task.run.owner.unwrap().uuid().as_u128()).or_default() += 1;
    }
    counted
}

#[tokio::test]
async fn an_owner_with_100_000_tasks_delays_another_owners_one_task_by_a_claim_at_most() {
    for bed in beds().await {
        submit(&bed, &bed.maria, 100_000, 0).await;
        bed.report(&bed.claim(50).await, success()).await;
        submit(&bed, &user(7, Role::User), 1, 0).await;
        let claimed = bed.claim(50).await;
        assert_eq!(
            owners(&claimed),
            HashMap::from([(1, 49), (7, 1)]),
            "a full claim, with the one task in it"
        );
        bed.report(&claimed, success()).await;
        submit(&bed, &user(7, Role::User), 1, 0).await;
        let two = [bed.claim(1).await, bed.claim(1).await];
        assert!(
            two.iter().any(|claimed| owners(claimed).contains_key(&7)),
            "tasks that go one by one take turns"
        );
    }
}

#[tokio::test]
async fn a_claim_is_split_evenly_over_owners() {
    for bed in beds().await {
        for owner in 1..=4 {
            submit(&bed, &user(owner, Role::User), 100, 0).await;
        }
        assert_eq!(owners(&bed.claim(40).await), HashMap::from([(1, 10), (2, 10), (3, 10), (4, 10)]));
    }
}

#[tokio::test]
async fn an_owner_gains_nothing_by_asking_for_more_capabilities_or_queues() {
    for bed in beds().await {
        submit(&bed, &user(7, Role::User), 100, 0).await;
        for queue in ["a", "b", "c"] {
            let mut submission = bed.submission(100);
            submission.queue = Some(queue.into());
            bed.submit_as(&bed.maria, submission).await.unwrap();
        }
        assert_eq!(owners(&bed.claim(30).await), HashMap::from([(1, 15), (7, 15)]));
    }
}

#[tokio::test]
async fn all_owners_are_served_before_anyone_is_served_twice() {
    for bed in beds().await {
        for owner in 1..=60 {
            submit(&bed, &user(owner, Role::User), 3, 0).await;
        }
        let mut served = HashMap::<u128, usize>::new();
        for _ in 0..6 {
            let claimed = bed.claim(10).await;
            assert_eq!(claimed.tasks.len(), 10);
            owners(&claimed)
                .into_iter()
                .for_each(|(owner, count)| *served.entry(owner).or_default() += count);
        }
        assert_eq!((served.len(), served.values().max()), (60, Some(&1)));
    }
}

#[tokio::test]
async fn low_priority_waits_for_high_only_as_long_as_ageing_says() {
    for bed in beds().await {
        let low = submit(&bed, &bed.maria, 1, 0).await;
        let high = submit(&bed, &bed.maria, 3, 2).await;
        assert_eq!(bed.claim(1).await.tasks[0].0.run.id, high, "higher goes first");
        bed.clock.advance(Duration::from_secs(121));
        submit(&bed, &bed.maria, 10, 2).await;
        let next: Vec<_> = bed.claim(3).await.tasks.iter().map(|(task, _)| task.run.id).collect();
        assert_eq!(
            next,
            [high, high, low],
            "two minutes make up for two levels: what came after waits behind it"
        );
    }
}

#[tokio::test]
async fn a_steady_stream_of_high_priority_starves_nobody() {
    for bed in beds().await {
        // The clock that PostgreSQL claims by does not stand still for tests: the run is as old as it has to be.
        let other = user(7, Role::User);
        let waiting = submit(&bed, &other, 1, -100).await;
        age(&bed, 201 * 60).await;
        submit(&bed, &bed.maria, 100, 100).await;
        let claimed = bed.claim(10).await;
        assert!(claimed.tasks.iter().any(|(task, _)| task.run.id == waiting), "it has waited for 201 levels");
    }
}

/// Lets every ready task have entered the line so much earlier.
async fn age(bed: &Bed, seconds: i64) {
    let write = bed.database().write(move |tx| {
        Box::pin(async move {
            let now = metier_jobs::store::now(
                tx,
                &metier_core::Clock::manual(metier_core::Timestamp::from_seconds(1_800_000_000)),
            )
            .await?;
            let behind = now.micros() / 1_000_000 - 1_800_000_000 - seconds;
            let statement = "UPDATE ready SET rank = rank + $1";
            Ok::<_, metier_db::DbError>(sql::execute(tx, statement, vec![(behind << 8).into()]).await?)
        })
    });
    write.await.unwrap();
}

#[tokio::test]
async fn a_retry_keeps_its_place_in_line() {
    for bed in beds().await {
        let first = submit(&bed, &bed.maria, 1, 0).await;
        let claimed = bed.claim(1).await;
        bed.clock.advance(Duration::from_secs(5));
        submit(&bed, &bed.maria, 5, 0).await;
        bed.expire_leases().await;
        metier_jobs::ops::upkeep::rescue(&bed.engine).await.unwrap();
        assert_eq!(bed.claim(1).await.tasks[0].0.run.id, first);
        drop(claimed);
    }
}

#[tokio::test]
async fn workers_that_come_and_go_reach_every_owner() {
    for bed in beds().await {
        for owner in 1..=3 {
            submit(&bed, &user(owner, Role::User), 50, 0).await;
        }
        let mut served = HashMap::<u128, usize>::new();
        for number in 0..9 {
            let wish = ClaimWish { worker: format!("short-lived-{number}"), ..bed.wish(1) };
            let claimed = work::claim(&bed.engine, &worker(), wish, vec![]).await.unwrap();
            owners(&claimed)
                .into_iter()
                .for_each(|(owner, count)| *served.entry(owner).or_default() += count);
        }
        assert_eq!(served.len(), 3, "{served:?}");
    }
}
