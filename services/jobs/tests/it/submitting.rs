//! Submitting runs.

use metier_core::{Fault, Role};
use metier_jobs::{domain::state::RunState, ops::submit};
use serde_json::json;

use crate::bed::{Bed, beds, user};

async fn refused(bed: &Bed, change: impl FnOnce(&mut submit::Submission)) -> Fault {
    let mut submission = bed.submission(2);
    change(&mut submission);
    let fault = Fault::from(bed.submit_as(&bed.maria, submission).await.unwrap_err());
    let counts = metier_jobs::ops::runs::counts(&bed.engine, &bed.maria).await.unwrap();
    assert!(counts.iter().all(|row| row.count == 0), "a refused submission changes nothing");
    fault
}

#[tokio::test]
async fn bad_submissions_say_which_item_and_field_and_change_nothing() {
    for bed in beds().await {
        let fault = refused(&bed, |submission| submission.items[1] = json!({"n": "two"})).await;
        assert_eq!((&*fault.code, fault.violations[0].field.as_str()), ("invalid_parameters", "/items/1/n"));
        assert_eq!(refused(&bed, |submission| submission.kind = "cuont".into()).await.code, "unknown_kind");
        for priority in [101, -101, i64::MAX, i64::MIN] {
            let fault = refused(&bed, |submission| submission.priority = priority).await;
            assert_eq!(fault.violations[0].field, "/priority");
        }
        assert_eq!(
            refused(&bed, |submission| submission.queue = Some("a b".into())).await.violations[0].field,
            "/queue"
        );
        let fault = refused(&bed, |submission| submission.items = vec![json!({"n": 1}); 100_001]).await;
        assert_eq!(fault.code, "too_many_items");
        assert!(fault.message.contains("100000"), "{fault}");
        let long = json!({"n": 1, "x": "x".repeat(70_000)});
        assert_eq!(
            refused(&bed, |submission| submission.items = vec![long]).await.code,
            "invalid_parameters"
        );
    }
}

#[tokio::test]
async fn an_empty_array_is_a_run_that_succeeds_with_zero_tasks() {
    for bed in beds().await {
        let id = bed.submit(0).await;
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_key_answers_with_the_first_run_and_refuses_another_request() {
    for bed in beds().await {
        let keyed = |fingerprint: &str| {
            let mut submission = bed.submission(1);
            submission.key = Some(("k1".into(), fingerprint.into()));
            submission
        };
        let together = futures::future::join_all((0..8).map(|_| bed.submit_as(&bed.maria, keyed("a")))).await;
        let first = *together[0].as_ref().unwrap();
        assert!(together.into_iter().all(|run| run.unwrap() == first));
        let fault = Fault::from(bed.submit_as(&bed.maria, keyed("b")).await.unwrap_err());
        assert_eq!(fault.code, "idempotency_key_reused");
        let other = bed.submit_as(&user(7, Role::User), keyed("b")).await.unwrap();
        assert_ne!(other, first, "keys belong to their actor");
    }
}

#[tokio::test]
async fn of_64_callers_two_are_refused_and_62_runs_are_durable() {
    for bed in beds().await {
        let mut seed = bed.submission(1);
        seed.key = Some(("taken".into(), "a".into()));
        bed.submit_as(&bed.maria, seed).await.unwrap();
        let calls = (0..64).map(|caller| {
            let mut submission = bed.submission(1);
            if caller == 5 || caller == 50 {
                submission.key = Some(("taken".into(), "b".into()));
            }
            bed.submit_as(&bed.maria, submission)
        });
        let answers = futures::future::join_all(calls).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 62);
        assert_eq!(bed.claim(1_000).await.tasks.len(), 63);
    }
}

#[tokio::test]
async fn other_peoples_runs_are_not_found_and_viewers_cannot_submit() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        let other = user(7, Role::User);
        let hidden = metier_jobs::ops::runs::get(&bed.engine, &other, id).await.unwrap_err();
        assert_eq!(Fault::from(hidden).code, "not_found");
        assert!(metier_jobs::ops::runs::get(&bed.engine, &user(8, Role::Viewer), id).await.is_ok());
        let refused = bed.submit_as(&user(8, Role::Viewer), bed.submission(1)).await.unwrap_err();
        assert_eq!(Fault::from(refused).code, "permission_denied");
    }
}
