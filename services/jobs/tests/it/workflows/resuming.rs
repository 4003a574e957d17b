//! Doing again what did not succeed.

use metier_core::Fault;
use metier_jobs::{
    domain::{outcome::Outcome, state::RunState},
    ops::runs,
};
use serde_json::json;

use super::flow::*;
use crate::bed::{beds, failure, success};

#[tokio::test]
async fn only_what_failed_and_what_depends_on_it_is_done_again() {
    for bed in beds().await {
        let run = run(
            &bed,
            json!({
                "steps": [
                    {"name": "first", "kind": "count", "parameters": {"n": 1}},
                    {"name": "wide", "kind": "count", "needs": ["first"], "items": [{"n": 10}, {"n": 11}]},
                    {"name": "after", "kind": "count", "needs": ["wide"], "parameters": {"n": 100}},
                ],
                "finally": [{"name": "clean", "kind": "count", "parameters": {"n": 1000}}],
            }),
        )
        .await;
        work(&bed, success()).await;
        bed.report(&bed.claim(1).await, success()).await;
        work(&bed, Outcome::Permanent(failure())).await;
        work(&bed, success()).await;
        assert_eq!(states(&bed, run).await, ["succeeded", "failed", "skipped", "succeeded"]);
        let (view, steps) = runs::retry(&bed.engine, &operator(), run, None).await.unwrap();
        assert_eq!((view.row.run_state(), view.row.epoch, steps), (RunState::Running, 2, 3));
        go(&bed).await;
        assert_eq!(states(&bed, run).await, ["succeeded", "running", "waiting", "waiting"]);
        bed.recount().await;
        let done =
            [work(&bed, success()).await, work(&bed, success()).await, work(&bed, success()).await].concat();
        assert_eq!(done, [json!({"n": 11}), json!({"n": 100}), json!({"n": 1000})]);
        assert_eq!((state(&bed, run).await, reason(&bed, run).await), (RunState::Succeeded, None));
        settled(&bed, run).await;
        let again = runs::retry(&bed.engine, &operator(), run, None).await.unwrap_err();
        assert_eq!(Fault::from(again).code, "nothing_to_replay");
    }
}

#[tokio::test]
async fn a_workflow_within_a_workflow_goes_on_where_it_failed() {
    for bed in beds().await {
        define(
            &bed,
            "inner",
            json!({"steps": [
                {"name": "good", "kind": "count", "parameters": {"n": 1}},
                {"name": "bad", "kind": "count", "needs": ["good"], "parameters": {"n": 2}},
            ]}),
        )
        .await;
        let run = run(&bed, json!({"steps": [{"name": "in", "workflow": "inner"}]})).await;
        work(&bed, success()).await;
        work(&bed, Outcome::Permanent(failure())).await;
        assert_eq!(state(&bed, run).await, RunState::Failed);
        runs::retry(&bed.engine, &operator(), run, None).await.unwrap();
        go(&bed).await;
        assert_eq!(work(&bed, success()).await, [json!({"n": 2})]);
        assert_eq!(state(&bed, run).await, RunState::Succeeded);
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_cancelled_run_can_be_resumed_and_a_single_step_cannot() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [{"name": "a", "kind": "count"}, {"name": "b", "kind": "count", "needs": ["a"]}]})).await;
        let open = runs::retry(&bed.engine, &operator(), run, None).await.unwrap_err();
        assert_eq!(Fault::from(open).code, "run_open");
        runs::cancel(&bed.engine, &operator(), run).await.unwrap();
        go(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Cancelled);
        let one = runs::retry(&bed.engine, &operator(), run, Some(0)).await.unwrap_err();
        assert_eq!(Fault::from(one).code, "step_of_workflow");
        runs::retry(&bed.engine, &operator(), run, None).await.unwrap();
        go(&bed).await;
        finish(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Succeeded);
        settled(&bed, run).await;
    }
}
