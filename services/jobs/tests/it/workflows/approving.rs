//! Approvals and signals.

use std::time::Duration;

use metier_core::{Actor, Ctx, Fault, PageRequest, Role, RunId};
use metier_jobs::{
    domain::state::RunState,
    ops::{
        runs,
        workflows::{
            approvals::{self, Pending},
            steer::{self, Verdict},
        },
    },
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
async fn everybody_is_told_of_what_waits_for_them_and_of_nothing_else() {
    for bed in beds().await {
        let named = Uuid::from_u128(7);
        define(&bed, "release", asking(json!({"roles": ["operator"], "users": [named.to_string()]}))).await;
        define(&bed, "purge", asking(json!({"roles": ["admin"]}))).await;
        define(&bed, "pause", json!({"steps": [{"name": "rest", "timer": {"for": "1h"}}]})).await;
        let mut started = Vec::new();
        for name in ["release", "purge", "pause", "release", "release"] {
            started.push(start(&bed, name, json!({})).await);
        }
        let (person, admin) = (user(7, Role::User), user(8, Role::Admin));
        let releases = [started[0], started[3], started[4]];
        assert_eq!(waiting_for(&bed, &person).await, releases);
        assert_eq!(waiting_for(&bed, &operator()).await, releases);
        assert_eq!(waiting_for(&bed, &admin).await, [started[0], started[1], started[3], started[4]]);
        assert!(waiting_for(&bed, &user(9, Role::User)).await.is_empty());
        let handler = Ctx {
            actor: Actor::Run { id: started[0], user: person.actor.user().unwrap() },
            ..person.clone()
        };
        assert!(waiting_for(&bed, &handler).await.is_empty(), "nobody decides through a handler");

        let page =
            approvals::list(&bed.engine, &person, &PageRequest { limit: 1, after: None }).await.unwrap();
        let Pending { row, approval } = &page.items[0];
        assert_eq!(
            (&*row.workflow, row.version, &*row.name, &*approval.message),
            ("release", 1, "ask", "release?")
        );
        assert_eq!(row.due_at.unwrap() - row.begun_at, 3_600_000_000);

        verdict(&bed, &person, started[3], true).await.unwrap();
        runs::cancel(&bed.engine, &operator(), started[4]).await.unwrap();
        go(&bed).await;
        assert_eq!(waiting_for(&bed, &person).await, [started[0]]);
    }
}

/// The runs that wait for somebody, read in pages of two.
async fn waiting_for(bed: &Bed, ctx: &Ctx) -> Vec<RunId> {
    let (mut page, mut found) = (PageRequest { limit: 2, after: None }, Vec::new());
    loop {
        let part = approvals::list(&bed.engine, ctx, &page).await.unwrap();
        found.extend(part.items.iter().map(|pending| RunId::from_uuid(pending.row.id)));
        match part.next {
            Some(next) => page.after = Some(next),
            None => return found,
        }
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
