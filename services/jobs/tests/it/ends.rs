//! The end of a run is told in the transaction that ends it.

use metier_db::sql;
use metier_jobs::domain::state::RunState;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use crate::bed::{Bed, beds, success};

#[derive(FromQueryResult)]
struct Row {
    kind: String,
    data: String,
}

/// What was published about runs, in order: name and first run.
async fn told(bed: &Bed) -> Vec<(String, Value)> {
    let query = "SELECT kind, data FROM outbox WHERE topic = 'run' ORDER BY created_at, id";
    let rows = sql::list::<Row>(bed.database().reader(), query, vec![]).await.unwrap();
    let first = |row: Row| (row.kind, serde_json::from_str::<Value>(&row.data).unwrap()["runs"][0].clone());
    rows.into_iter().map(first).collect()
}

#[tokio::test]
async fn a_run_of_no_items_ends_at_once_and_its_end_is_told_after_its_submission() {
    for bed in beds().await {
        let id = bed.submit(0).await;
        assert_eq!(bed.state(id).await, RunState::Succeeded);
        let told = told(&bed).await;
        let names: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(names, ["run.submitted", "run.ended"]);
        let ended = &told[1].1;
        assert_eq!(
            json!([ended["id"], ended["state"], ended["epoch"], ended["reason"]]),
            json!([id, "succeeded", 1, null])
        );
    }
}

#[tokio::test]
async fn a_run_with_items_ends_with_its_last_task_and_is_told_once() {
    for bed in beds().await {
        bed.submit(2).await;
        bed.report(&bed.claim(1).await, success()).await;
        assert_eq!(told(&bed).await.len(), 2);
        bed.report(&bed.claim(1).await, success()).await;
        let told = told(&bed).await;
        let names: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(names, ["run.submitted", "run.started", "run.ended"]);
        assert_eq!((&told[1].1["size"], &told[2].1["counts"]), (&json!(2), &json!({ "succeeded": 2 })));
    }
}
