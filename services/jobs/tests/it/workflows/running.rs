//! Steps follow one another.

use std::time::Duration;

use metier_jobs::{
    domain::state::RunState,
    ops::{runs, upkeep},
};
use serde_json::{Value, json};

use super::flow::*;
use crate::bed::{beds, success};

#[tokio::test]
async fn steps_are_runs_of_their_own_and_hand_on_what_they_gave() {
    for bed in beds().await {
        define(&bed, "flow", json!({
            "inputs": {"n": {"type": "integer"}},
            "steps": [
                {"name": "a", "kind": "count", "parameters": {"n": "${inputs.n}"}, "max_attempts": 7},
                {"name": "b", "kind": "count", "needs": ["a"], "for_each": [1, 2, 3], "parameters": {"n": "${item}"}},
                {"name": "c", "kind": "count", "needs": ["b"], "items": "${steps.b.output}"},
            ],
            "outputs": {"first": "${steps.a.output.n}", "all": "${steps.c.output}"},
        })).await;
        let run = start(&bed, "flow", json!({"n": 5})).await;
        assert_eq!(states(&bed, run).await, ["running", "waiting", "waiting"]);
        assert_eq!(
            (state(&bed, run).await, reason(&bed, run).await.unwrap()),
            (RunState::Running, "step a runs: run 2".into())
        );
        let child = graph(&bed, run).await.steps[0].runs[0].number.to_string();
        let child = runs::named(&bed.engine, &operator(), &child).await.unwrap();
        let child = runs::get(&bed.engine, &operator(), child).await.unwrap().row;
        let facts = (child.source.as_str(), child.queue.as_str(), child.priority, child.max_attempts);
        assert_eq!(facts, ("workflow", "flows", 2, 7));
        assert_eq!(child.correlation, "test");
        assert_eq!(echo(&bed).await, 1);
        assert_eq!(echo(&bed).await, 3);
        assert_eq!(states(&bed, run).await, ["succeeded", "succeeded", "running"]);
        finish(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Succeeded);
        let numbers = json!([{"n": 1}, {"n": 2}, {"n": 3}]);
        assert_eq!(output(&bed, run, 1).await, numbers);
        assert_eq!(graph(&bed, run).await.outputs.unwrap(), json!({"first": 5, "all": numbers}));
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_list_with_max_parallel_keeps_that_many_runs_open_and_its_results_in_order() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [
            {"name": "a", "kind": "count", "for_each": [5, 6, 7, 8, 9], "max_parallel": 2, "parameters": {"n": "${item}"}},
        ]})).await;
        let mut rounds = Vec::new();
        loop {
            let count = echo(&bed).await;
            if count == 0 {
                break;
            }
            rounds.push(count);
        }
        assert_eq!(rounds, [2, 2, 1]);
        let numbers: Vec<Value> = (5..=9).map(|n| json!({ "n": n })).collect();
        assert_eq!(output(&bed, run, 0).await, json!(numbers));
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_workflow_runs_within_another_and_gives_it_its_outputs() {
    for bed in beds().await {
        define(
            &bed,
            "inner",
            json!({
                "inputs": {"n": {"type": "integer"}},
                "steps": [{"name": "a", "kind": "count", "parameters": {"n": "${inputs.n}"}}],
                "outputs": {"got": "${steps.a.output.n}"},
            }),
        )
        .await;
        let run = run(&bed, json!({"steps": [
            {"name": "one", "workflow": "inner", "inputs": {"n": 4}},
            {"name": "each", "workflow": "inner", "for_each": [1, 2], "inputs": {"n": "${item}"}},
            {"name": "last", "kind": "count", "needs": ["one", "each"], "parameters": {"n": "${steps.each.output[1].got}"}},
        ]})).await;
        finish(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Succeeded);
        assert_eq!(output(&bed, run, 0).await, json!({"got": 4}));
        assert_eq!(output(&bed, run, 1).await, json!([{"got": 1}, {"got": 2}]));
        assert_eq!(output(&bed, run, 2).await, json!({"n": 2}));
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_large_output_lies_in_the_blob_store_and_is_handed_on() {
    for bed in beds().await {
        let items: Vec<Value> = (0..2_000).map(|n| json!({ "n": n })).collect();
        let run = run(&bed, json!({"steps": [
            {"name": "a", "kind": "count", "items": items},
            {"name": "b", "kind": "count", "needs": ["a"], "parameters": {"n": "${steps.a.output[1999].n}"}},
        ]})).await;
        finish(&bed).await;
        assert_eq!(output(&bed, run, 1).await, json!({"n": 1999}));
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn timers_pass_and_a_run_begins_no_earlier_than_it_may() {
    for bed in beds().await {
        define(
            &bed,
            "flow",
            json!({"steps": [
                {"name": "pause", "timer": {"for": "60s"}},
                {"name": "a", "kind": "count", "needs": ["pause"]},
            ]}),
        )
        .await;
        let run_at = Some(bed.clock.now().plus(Duration::from_secs(10)));
        let execution = metier_jobs::ops::jobs::Execution { run_at, ..Default::default() };
        let submitted =
            metier_jobs::ops::jobs::execute(&bed.engine, &operator(), "flow", execution).await.unwrap();
        let run = runs::named(&bed.engine, &operator(), &submitted.number.to_string()).await.unwrap();
        go(&bed).await;
        assert_eq!(reason(&bed, run).await.unwrap(), "starts at 2027-01-15T08:00:10Z");
        bed.clock.advance(Duration::from_secs(10));
        go(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Waiting);
        assert_eq!(reason(&bed, run).await.unwrap(), "step pause waits until 2027-01-15T08:01:10Z");
        bed.clock.advance(Duration::from_secs(59));
        go(&bed).await;
        assert_eq!(states(&bed, run).await, ["waiting", "waiting"]);
        bed.clock.advance(Duration::from_secs(1));
        go(&bed).await;
        assert_eq!(states(&bed, run).await, ["succeeded", "running"]);
        finish(&bed).await;
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn whatever_is_decided_twice_happens_once() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [
            {"name": "a", "kind": "count"},
            {"name": "b", "kind": "count", "needs": ["a"], "for_each": [1, 2, 3], "max_parallel": 2, "parameters": {"n": "${item}"}},
        ]})).await;
        bed.report(&bed.claim(1).await, success()).await;
        // As two replicas would, and one that was killed and is back.
        let deciding = (0..8).map(|_| go(&bed));
        futures::future::join_all(deciding).await;
        assert_eq!(graph(&bed, run).await.steps[1].run_count, 2);
        upkeep::rescue(&bed.engine).await.unwrap();
        finish(&bed).await;
        assert_eq!(graph(&bed, run).await.steps[1].run_count, 3);
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_lost_workers_step_is_done_elsewhere() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [{"name": "a", "kind": "count"}]})).await;
        bed.claim(1).await;
        lose_workers(&bed).await;
        assert_eq!(states(&bed, run).await, ["running"]);
        finish(&bed).await;
        assert_eq!(state(&bed, run).await, RunState::Succeeded);
        settled(&bed, run).await;
    }
}
