//! Defining workflows, and starting them.

use metier_core::{Fault, Role};
use metier_jobs::{
    Error,
    ops::{
        jobs::{self, Execution},
        submit,
        workflows::define as defining,
    },
};
use serde_json::{Value, json};

use super::flow::*;
use crate::bed::{Bed, beds, user};

async fn refused(bed: &Bed, document: Value) -> Fault {
    jobs::create(&bed.engine, &operator(), "flow", definition(document)).await.map(drop).unwrap_err().into()
}

#[tokio::test]
async fn a_document_with_something_wrong_is_not_saved_and_all_of_it_is_told() {
    for bed in beds().await {
        let fault = refused(&bed, json!({"steps": [
            {"name": "a", "kind": "cuont"},
            {"name": "b", "kind": "count", "needs": ["a"], "parameters": {"n": "${steps.a.state}", "m": 1}},
        ]})).await;
        assert_eq!(fault.code, "invalid_workflow");
        let places: Vec<_> = fault.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert!(places.contains(&"/steps/0/kind") && places.contains(&"/steps/1/parameters/n"), "{places:?}");
        assert!(fault.violations.iter().all(|violation| violation.message.starts_with("step ")), "{fault:?}");
        let gone = jobs::get(&bed.engine, &operator(), "flow").await.unwrap_err();
        assert_eq!(Fault::from(gone).code, "not_found");
    }
}

#[tokio::test]
async fn a_workflow_is_checked_without_being_saved() {
    for bed in beds().await {
        let (engine, maria) = (&bed.engine, &bed.maria);
        let good = json!({"name": "x", "queue": "q", "steps": [{"name": "a", "kind": "count"}]});
        assert_eq!(defining::validate(engine, maria, &good).await.unwrap(), []);
        let itself = json!({"name": "x", "steps": [{"name": "a", "workflow": "x"}]});
        let findings = defining::validate(engine, maria, &itself).await.unwrap();
        assert_eq!(findings[0].message, "a workflow cannot run itself");
    }
}

#[tokio::test]
async fn workflows_that_would_run_each_other_are_refused() {
    for bed in beds().await {
        let plain = json!({"steps": [{"name": "a", "kind": "count"}]});
        define(&bed, "one", plain).await;
        define(&bed, "two", json!({"steps": [{"name": "a", "workflow": "one"}]})).await;
        let ring = definition(json!({"steps": [{"name": "a", "workflow": "two"}]}));
        let refused = jobs::update(&bed.engine, &operator(), ("one", None), ring).await.unwrap_err();
        assert_eq!(Fault::from(refused).violations[0].message, "step a: the workflow two runs this one");
    }
}

async fn execute(bed: &Bed, execution: Execution) -> Result<i64, Fault> {
    let submitted: Result<_, Error> = jobs::execute(&bed.engine, &operator(), "flow", execution).await;
    submitted.map(|submitted| submitted.number).map_err(Fault::from)
}

#[tokio::test]
async fn inputs_are_checked_before_anything_is_started_and_a_key_starts_once() {
    for bed in beds().await {
        define(
            &bed,
            "flow",
            json!({"inputs": {"n": {"type": "integer"}}, "steps": [{"name": "a", "kind": "count"}]}),
        )
        .await;
        let missing = execute(&bed, Execution::default()).await.unwrap_err();
        assert_eq!(
            (missing.code.as_ref(), missing.violations[0].field.as_str()),
            ("invalid_parameters", "/inputs")
        );
        let list = Execution { items: Some(vec![json!({}), json!({})]), ..Execution::default() };
        assert_eq!(execute(&bed, list).await.unwrap_err().violations[0].field, "/items");
        // As the scheduler does: one item, with a key.
        let key = Some(("schedule:1".to_owned(), "same".to_owned()));
        let once =
            Execution { items: Some(vec![json!({"n": 1})]), key, source: "schedule", ..Execution::default() };
        let first = execute(&bed, once.clone()).await.unwrap();
        assert_eq!(execute(&bed, once).await.unwrap(), first);
        let query = "SELECT count(*) FROM runs";
        let runs = metier_db::sql::scalar::<i64>(bed.database().reader(), query, vec![]).await.unwrap();
        assert_eq!(runs, Some(1));
    }
}

#[tokio::test]
async fn whoever_starts_a_workflow_needs_the_rights_of_its_kinds() {
    for bed in beds().await {
        bed.register_with("secret", 1, &["users:delete"]).await;
        define(&bed, "flow", json!({"steps": [{"name": "a", "kind": "secret"}]})).await;
        let lacking = execute(&bed, Execution::default()).await.unwrap_err();
        assert_eq!(lacking.code, "kind_needs_more");
        let admin = user(2, Role::Admin);
        jobs::execute(&bed.engine, &admin, "flow", Execution::default()).await.unwrap();
    }
}

#[tokio::test]
async fn steps_are_the_engines_own_kind_and_nobody_else_runs_or_handles_it() {
    for bed in beds().await {
        let submission = submit::Submission { kind: "workflow".into(), ..bed.submission(1) };
        let refused = submit::submit(&bed.engine, &operator(), submission).await.unwrap_err();
        assert_eq!(Fault::from(refused).violations[0].field, "/kind");
        assert!(bed.engine.catalogue().list().iter().all(|kind| kind.name.name != "workflow"));
    }
}
