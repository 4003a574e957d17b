//! Tasks whose run needs a token, while nobody can make one.

use metier_contract_identity::IdentityClient;
use metier_core::{Fault, FaultKind, RunId};
use metier_jobs::{
    Config,
    domain::state::RunState,
    ops::{Engine, Tools, work},
};
use metier_rpc::Link;

use crate::bed::{Bed, beds, reports, success, worker};

/// The same engine, cut off from identity.
async fn cut_off(bed: &Bed) -> Engine {
    let identity = Some(IdentityClient::new(Link::lazy(|| None)));
    Engine::start(Tools { identity, ..bed.tools.clone() }, Config::default()).await.unwrap()
}

/// Submits tasks whose handler works with a right.
async fn submit(bed: &Bed, items: usize) -> RunId {
    bed.register_with("reads", 3, &["runs:read"]).await;
    let mut submission = bed.submission(items);
    submission.kind = "reads".into();
    bed.submit_as(&bed.maria, submission).await.unwrap()
}

#[tokio::test]
async fn a_claim_while_identity_is_away_costs_no_attempt_and_no_wait() {
    for bed in beds().await {
        let id = submit(&bed, 2).await;
        let engine = cut_off(&bed).await;
        for _ in 0..4 {
            let refused = work::claim(&engine, &worker(), bed.wish_of(&["reads"], 2), vec![]).await;
            assert_eq!(Fault::from(refused.unwrap_err()).kind, FaultKind::Unavailable);
        }
        let claimed = work::claim(&bed.engine, &worker(), bed.wish_of(&["reads"], 2), vec![]).await.unwrap();
        let attempts: Vec<_> = claimed.tasks.iter().map(|(task, _)| task.task.attempt).collect();
        assert_eq!(attempts, [1, 1]);
        bed.report(&claimed, success()).await;
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        assert_eq!(bed.tally("lost_attempts").await, 0);
        bed.recount().await;
    }
}

#[tokio::test]
async fn what_needs_no_token_is_handed_out_while_identity_is_away() {
    for bed in beds().await {
        let (id, plain) = (submit(&bed, 2).await, bed.submit(2).await);
        let engine = cut_off(&bed).await;
        let wish = bed.wish_of(&["count", "reads"], 10);
        let claimed = work::claim(&engine, &worker(), wish, vec![]).await.unwrap();
        assert!(claimed.tasks.iter().all(|(task, token)| task.run.id == plain && token.is_empty()));
        assert_eq!((claimed.tasks.len(), claimed.lease.is_some()), (2, true));
        bed.report(&claimed, success()).await;
        let back = bed.run(id).await.row;
        assert_eq!((bed.state(plain).await, back.ready, back.running), (RunState::Succeeded, 2, 0));
        bed.recount().await;
    }
}

#[tokio::test]
async fn outcomes_that_rode_along_are_told_although_nothing_can_be_handed_out() {
    for bed in beds().await {
        let plain = bed.submit(1).await;
        let claimed = bed.claim(1).await;
        submit(&bed, 1).await;
        let engine = cut_off(&bed).await;
        let wish = bed.wish_of(&["count", "reads"], 10);
        let told = work::claim(&engine, &worker(), wish, reports(&claimed, &success())).await.unwrap();
        assert_eq!((told.accepted.as_slice(), told.tasks.len(), told.lease), ([true].as_slice(), 0, None));
        assert_eq!(bed.state(plain).await, RunState::Succeeded);
        bed.recount().await;
    }
}
