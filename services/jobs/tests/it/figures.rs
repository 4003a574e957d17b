//! The lines in numbers, and whose workers are shown to whom.

use std::{sync::Arc, time::Duration};

use metier_core::{Ctx, Grants, Role, WorkspaceId};
use metier_jobs::{
    domain::outcome::Outcome,
    ops::{
        figures::{Lines, lines},
        queues, work,
    },
};
use uuid::Uuid;

use crate::bed::{beds, user, worker};

#[tokio::test]
async fn lines_are_told_by_queue_and_state_and_by_the_age_of_the_oldest() {
    for bed in beds().await {
        assert_eq!(lines(&bed.engine).await.unwrap(), Lines::default());
        bed.submit(3).await;
        let (mut slow, mut later) = (bed.submission(2), bed.submission(4));
        slow.queue = Some("slow".into());
        later.run_at = Some(bed.clock.now().plus(Duration::from_secs(600)));
        bed.submit_as(&bed.maria, slow).await.unwrap();
        bed.submit_as(&bed.maria, later).await.unwrap();
        let operator = user(2, Role::Operator);
        queues::pause(&bed.engine, &operator, "slow").await.unwrap();
        let claimed = bed.claim(1).await;
        bed.clock.advance(Duration::from_secs(5));
        let told = lines(&bed.engine).await.unwrap();
        let expected = [("default".to_owned(), [2, 4, 1]), ("slow".to_owned(), [2, 0, 0])];
        assert_eq!(told.queues, expected.into());
        assert!((told.oldest_ready_seconds - 5.0).abs() < 0.001, "{told:?}");
        bed.report(&claimed, Outcome::Succeeded("1".into())).await;
        let rest = bed.claim(9).await;
        bed.report(&rest, Outcome::Succeeded("1".into())).await;
        let told = lines(&bed.engine).await.unwrap();
        assert_eq!(told.queues["default"], [0, 4, 0]);
        assert!(told.oldest_ready_seconds.abs() < 0.001, "a paused queue is no alarm: {told:?}");
    }
}

fn elsewhere(ctx: Ctx) -> Ctx {
    Ctx { workspace: WorkspaceId::from_uuid(Uuid::from_u128(9)), ..ctx }
}

#[tokio::test]
async fn workers_are_shown_to_their_workspace_and_those_of_metier_to_every_one() {
    for bed in beds().await {
        let (here, there) = (user(2, Role::Operator), elsewhere(user(3, Role::Operator)));
        let names = async |ctx: &Ctx| -> Vec<String> {
            let rows = queues::workers(&bed.engine, ctx).await.unwrap();
            rows.into_iter().map(|row| row.name).collect()
        };
        assert_eq!(names(&here).await, ["worker-1"]);
        assert_eq!(names(&there).await, [""; 0]);
        let own =
            Ctx { grants: Arc::new(Grants::all()), ..Ctx::service("executor", here.correlation.clone()) };
        let wish = work::ClaimWish { worker: "executor".into(), ..bed.wish(1) };
        work::claim(&bed.engine, &own, wish, vec![]).await.unwrap();
        assert_eq!(names(&here).await, ["executor", "worker-1"]);
        assert_eq!(names(&there).await, ["executor"]);
    }
}

#[tokio::test]
async fn another_workspaces_worker_claims_what_is_declared_and_declares_nothing() {
    for bed in beds().await {
        let kind = bed.engine.kind("count", None).await.unwrap();
        let stranger = elsewhere(worker());
        work::register(&bed.engine, &stranger, ("theirs", &[]), vec![kind.clone()]).await.unwrap();
        let mut changed = kind;
        changed.description = "counts otherwise".into();
        let refused =
            work::register(&bed.engine, &stranger, ("theirs", &[]), vec![changed]).await.unwrap_err();
        assert_eq!(metier_core::Fault::from(refused).code, "kind_shared");
        assert_eq!(bed.engine.kind("count", None).await.unwrap().description, "counts");
    }
}
