//! How a run of a workflow ends: failures, cancellation, retention.

use std::time::Duration;

use metier_core::Timestamp;
use metier_db::{DbError, sql};
use metier_jobs::{
    domain::{outcome::Outcome, state::RunState},
    ops::{forget::forget, runs},
    store::workflows,
};
use serde_json::json;

use super::flow::*;
use crate::bed::{Bed, beds, failure, success};

#[tokio::test]
async fn a_failed_step_is_named_and_the_steps_for_failure_and_for_the_end_are_done() {
    for bed in beds().await {
        let run = run(
            &bed,
            json!({
                "steps": [
                    {"name": "first", "kind": "count"},
                    {"name": "load", "kind": "count", "needs": ["first"]},
                    {"name": "after", "kind": "count", "needs": ["load"]},
                ],
                "on_failure": [{"name": "tell", "kind": "count"}],
                "finally": [{"name": "clean", "kind": "count"}],
            }),
        )
        .await;
        work(&bed, success()).await;
        work(&bed, Outcome::Permanent(failure())).await;
        assert_eq!(states(&bed, run).await, ["succeeded", "failed", "skipped", "running", "waiting"]);
        work(&bed, success()).await;
        work(&bed, success()).await;
        assert_eq!(states(&bed, run).await, ["succeeded", "failed", "skipped", "succeeded", "succeeded"]);
        assert_eq!(state(&bed, run).await, RunState::Failed);
        let why = reason(&bed, run).await.unwrap();
        let wanted = "1 of 5 tasks did not succeed; first error: step load: run 3: 1 of 1 tasks did not succeed; first error: it broke";
        assert_eq!(why, wanted);
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_cancelled_run_stops_the_runs_of_its_steps_and_cleans_up() {
    for bed in beds().await {
        define(&bed, "inner", json!({"steps": [{"name": "deep", "kind": "count"}]})).await;
        let run = run(&bed, json!({
            "steps": [{"name": "a", "kind": "count"}, {"name": "in", "workflow": "inner"}, {"name": "b", "kind": "count", "needs": ["a"]}],
            "finally": [{"name": "clean", "kind": "count"}],
        })).await;
        let claimed = bed.claim(1).await;
        assert_eq!(
            runs::cancel(&bed.engine, &operator(), run).await.unwrap().row.run_state(),
            RunState::Cancelling
        );
        go(&bed).await;
        assert_eq!(bed.heartbeat(&claimed).await.unwrap()[0].reason, "cancelled");
        bed.report(&claimed, Outcome::Cancelled).await;
        go(&bed).await;
        assert_eq!(states(&bed, run).await, ["cancelled", "cancelled", "cancelled", "running"]);
        finish(&bed).await;
        assert_eq!((states(&bed, run).await[3], state(&bed, run).await), ("succeeded", RunState::Cancelled));
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_run_cancelled_twice_does_not_even_clean_up() {
    for bed in beds().await {
        let inner = json!({"steps": [{"name": "deep", "timer": {"for": "1h"}}], "finally": [{"name": "wipe", "timer": {"for": "1h"}}]});
        define(&bed, "inner", inner).await;
        let run = run(
            &bed,
            json!({
                "steps": [{"name": "in", "workflow": "inner"}],
                "finally": [{"name": "clean", "kind": "count"}],
            }),
        )
        .await;
        runs::cancel(&bed.engine, &operator(), run).await.unwrap();
        go(&bed).await;
        assert_eq!(states(&bed, run).await, ["running", "waiting"]);
        runs::cancel(&bed.engine, &operator(), run).await.unwrap();
        go(&bed).await;
        assert_eq!(
            (states(&bed, run).await, state(&bed, run).await),
            (vec!["cancelled", "cancelled"], RunState::Cancelled)
        );
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_run_that_somebody_else_cancels_ends_its_step() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [{"name": "a", "kind": "count"}, {"name": "b", "kind": "count", "needs": ["a"]}]})).await;
        let child = runs::named(&bed.engine, &operator(), "2").await.unwrap();
        runs::cancel(&bed.engine, &operator(), child).await.unwrap();
        go(&bed).await;
        assert_eq!(
            (states(&bed, run).await, state(&bed, run).await),
            (vec!["cancelled", "skipped"], RunState::Cancelled)
        );
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_step_whose_parameters_turn_out_wrong_fails_and_says_which() {
    for bed in beds().await {
        let run = run(
            &bed,
            json!({"steps": [
                {"name": "a", "kind": "count"},
                {"name": "b", "kind": "count", "needs": ["a"], "parameters": {"n": "${steps.a.output}"}},
            ]}),
        )
        .await;
        work(&bed, Outcome::Succeeded("\"text\"".into())).await;
        let step = &graph(&bed, run).await.steps[1];
        assert_eq!(step.row.error_code.as_deref(), Some("invalid_parameters"));
        assert!(step.row.error_message.as_ref().unwrap().contains("/items/0/n"), "{:?}", step.row);
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn ended_runs_of_workflows_leave_whole() {
    for bed in beds().await {
        run(&bed, json!({"steps": [{"name": "a", "kind": "count"}, {"name": "b", "timer": {"for": "1s"}}]}))
            .await;
        finish(&bed).await;
        bed.clock.advance(Duration::from_secs(1));
        go(&bed).await;
        let statement = "UPDATE runs SET ended_at = 0 WHERE ended_at IS NOT NULL";
        let write = bed.database().write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(sql::execute(tx, statement, vec![]).await?) })
        });
        write.await.unwrap();
        assert_eq!(forget(&bed.engine).await.unwrap(), 2);
        for table in [
            "runs",
            "workflow_runs",
            "steps",
            "step_runs",
            "workflow_signals",
            "workflow_due",
            "tasks",
            "results",
        ] {
            let query = format!("SELECT count(*) FROM {table}");
            let left = metier_db::sql::scalar::<i64>(bed.database().reader(), &query, vec![]).await.unwrap();
            assert_eq!(left, Some(0), "{table}");
        }
    }
}

#[tokio::test]
async fn who_decided_late_deletes_nothing_that_happened_since() {
    for bed in beds().await {
        happen(&bed, 1).await;
        let seen = workflows::read::happened(bed.database().reader(), 1).await.unwrap();
        settle(&bed, seen.clone()).await;
        happen(&bed, 2).await;
        settle(&bed, seen).await;
        assert_eq!(workflows::read::happened(bed.database().reader(), 2).await.unwrap().len(), 1);
    }
}

async fn happen(bed: &Bed, run: i64) {
    let write = bed.database().write(move |tx| {
        Box::pin(async move {
            workflows::wake(tx, [run]);
            Ok::<_, DbError>(())
        })
    });
    write.await.unwrap();
}

async fn settle(bed: &Bed, happened: Vec<i64>) {
    let write = bed.database().write(move |tx| {
        Box::pin(async move {
            Ok::<_, DbError>(workflows::decide::settle(tx, 1, &happened, Timestamp::EPOCH).await?)
        })
    });
    write.await.unwrap();
}
