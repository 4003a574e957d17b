//! Order, delay and pause.

use std::time::Duration;

use metier_core::Role;
use metier_jobs::ops::{queues, upkeep};

use crate::bed::{Bed, beds, user};

async fn submit(bed: &Bed, queue: &str, priority: i64) -> metier_core::RunId {
    let mut submission = bed.submission(1);
    (submission.queue, submission.priority) = (Some(queue.into()), priority);
    bed.submit_as(&bed.maria, submission).await.unwrap()
}

#[tokio::test]
async fn higher_priority_goes_first_across_queues_and_older_first_among_equals() {
    for bed in beds().await {
        let low = submit(&bed, "a", -1).await;
        let older = submit(&bed, "a", 5).await;
        let newer = submit(&bed, "a", 5).await;
        let top = submit(&bed, "b", 9).await;
        let mut order = Vec::new();
        for _ in 0..4 {
            order.push(bed.claim(1).await.tasks[0].0.run.id);
        }
        assert_eq!(order, [top, older, newer, low]);
    }
}

#[tokio::test]
async fn a_paused_queue_hands_nothing_out_and_says_so() {
    for bed in beds().await {
        let operator = user(2, Role::Operator);
        let id = submit(&bed, "slow", 0).await;
        queues::pause(&bed.engine, &operator, "slow").await.unwrap();
        assert!(bed.claim(1).await.tasks.is_empty());
        assert!(bed.run(id).await.reason.unwrap().starts_with("queue slow is paused"));
        queues::resume(&bed.engine, &operator, "slow").await.unwrap();
        assert_eq!(bed.claim(1).await.tasks.len(), 1);
    }
}

#[tokio::test]
async fn a_delayed_run_starts_when_its_time_has_come() {
    for bed in beds().await {
        let mut submission = bed.submission(1);
        submission.run_at = Some(bed.clock.now().plus(Duration::from_secs(60)));
        let id = bed.submit_as(&bed.maria, submission).await.unwrap();
        assert_eq!(
            upkeep::promote(&bed.engine).await.unwrap(),
            Some(bed.clock.now().plus(Duration::from_secs(60)))
        );
        assert!(bed.claim(1).await.tasks.is_empty());
        assert!(bed.run(id).await.reason.unwrap().starts_with("starts at "));
        bed.recount().await;
        bed.clock.advance(Duration::from_secs(60));
        assert_eq!(upkeep::promote(&bed.engine).await.unwrap(), None);
        assert_eq!(bed.claim(1).await.tasks.len(), 1);
    }
}

#[tokio::test]
async fn lanes_of_equal_priority_take_turns() {
    for bed in beds().await {
        for _ in 0..3 {
            submit(&bed, "a", 0).await;
            submit(&bed, "b", 0).await;
        }
        let mut lanes = std::collections::HashSet::new();
        for _ in 0..2 {
            lanes.insert(bed.claim(1).await.tasks[0].0.task.lane);
        }
        assert_eq!(lanes.len(), 2);
    }
}
