//! Approvals and signals.

use std::time::Duration;

use metier_core::{Actor, Ctx, Fault, Role, RunId};
use metier_jobs::{
    domain::state::RunState,
    ops::workflows::steer::{self, Verdict},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::flow::*;
use crate::bed::{Bed, beds, user};

async fn verdict(bed: &Bed, ctx: &Ctx, run: RunId, approved: bool) -> Result<(), Fault> {
    let verdict = Verdict { approved, comment: "seen".into() };
    let decided = steer::decide(&bed.engine, ctx, (&run.to_string(), "ask"), verdict).await;
    decided.map(drop).map_err(Fault::from)
}

fn asking(who: Value) -> Value {
    json!({"steps": [
        {"name": "ask", "approval": {"who": who, "timeout": "1h", "message": "release?"}},
        {"name": "ship", "kind": "count", "needs": ["ask"]},
    ]})
}

#[tokio::test]
async fn whoever_may_approves_once_and_the_run_goes_on() {
    for bed in beds().await {
        let run = run(&bed, asking(json!({"roles": ["operator"]}))).await;
        assert_eq!(state(&bed, run).await, RunState::Waiting);
        assert_eq!(
            reason(&bed, run).await.unwrap(),
            "step ask waits for the approval of role operator until 2027-01-15T09:00:00Z"
        );
        let other = user(8, Role::Operator);
        verdict(&bed, &other, run, true).await.unwrap();
        assert_eq!(verdict(&bed, &other, run, false).await.unwrap_err().code, "not_waiting");
        go(&bed).await;
        let given = output(&bed, run, 0).await;
        assert_eq!((&given["approved"], &given["comment"]), (&json!(true), &json!("seen")));
        assert_eq!(given["by"], other.actor.to_string());
        finish(&bed).await;
        assert_eq!(verdict(&bed, &other, run, false).await.unwrap_err().code, "run_ended");
        let query = "SELECT count(*) FROM outbox WHERE data LIKE '%runs.approve%'";
        let told = metier_db::sql::scalar::<i64>(bed.database().reader(), query, vec![]).await.unwrap();
        assert_eq!(told, Some(1), "one entry in the audit trail");
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn who_may_not_approve_is_refused_and_who_may_not_see_the_run_does_not_learn_of_it() {
    for bed in beds().await {
        let named = Uuid::from_u128(7);
        let run = run(&bed, asking(json!({"roles": ["admin"], "users": [named.to_string()]}))).await;
        assert_eq!(verdict(&bed, &operator(), run, true).await.unwrap_err().code, "not_an_approver");
        assert_eq!(verdict(&bed, &user(5, Role::User), run, true).await.unwrap_err().code, "not_found");
        let named = user(7, Role::User);
        let Actor::User { id } = named.actor else { panic!("a person") };
        let handler = Ctx { actor: Actor::Run { id: run, user: id }, ..named.clone() };
        assert_eq!(verdict(&bed, &handler, run, true).await.unwrap_err().code, "not_found");
        verdict(&bed, &named, run, false).await.unwrap();
        go(&bed).await;
        assert_eq!(
            (states(&bed, run).await, state(&bed, run).await),
            (vec!["failed", "skipped"], RunState::Failed)
        );
        assert!(reason(&bed, run).await.unwrap().contains("step ask: rejected by user:"));
    }
}

#[tokio::test]
async fn an_approval_that_nobody_gives_times_out() {
    for bed in beds().await {
        let run = run(&bed, asking(json!({"roles": ["admin"]}))).await;
        bed.clock.advance(Duration::from_secs(3_600));
        go(&bed).await;
        assert_eq!(
            (states(&bed, run).await, state(&bed, run).await),
            (vec!["timed_out", "skipped"], RunState::TimedOut)
        );
        settled(&bed, run).await;
    }
}

async fn send(bed: &Bed, run: RunId, name: &str, payload: Value) -> Result<bool, Fault> {
    steer::signal(&bed.engine, &operator(), run, (name, &payload)).await.map_err(Fault::from)
}

#[tokio::test]
async fn a_signal_counts_whenever_it_comes_and_the_first_of_a_name_counts() {
    for bed in beds().await {
        let run = run(&bed, json!({"steps": [
            {"name": "a", "kind": "count"},
            {"name": "paid", "needs": ["a"], "signal": {"name": "paid"}},
            {"name": "b", "kind": "count", "needs": ["paid"], "parameters": {"n": "${steps.paid.output.sum}"}},
        ]})).await;
        assert!(send(&bed, run, "paid", json!({"sum": 5})).await.unwrap());
        assert!(!send(&bed, run, "paid", json!({"sum": 6})).await.unwrap());
        assert_eq!(send(&bed, run, "other", json!(1)).await.unwrap_err().code, "not_found");
        finish(&bed).await;
        assert_eq!(output(&bed, run, 2).await, json!({"n": 5}));
        assert_eq!(send(&bed, run, "paid", json!(1)).await.unwrap_err().code, "run_ended");
        settled(&bed, run).await;
    }
}

#[tokio::test]
async fn a_run_without_steps_has_nothing_to_approve_and_takes_no_signals() {
    for bed in beds().await {
        let run = bed.submit_as(&operator(), bed.submission(1)).await.unwrap();
        assert_eq!(send(&bed, run, "paid", json!(1)).await.unwrap_err().code, "no_workflow");
        assert_eq!(verdict(&bed, &operator(), run, true).await.unwrap_err().code, "no_workflow");
    }
}
