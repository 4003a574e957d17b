//! What is told of runs and queues: of runs for each transaction, never for each task.

use std::time::Duration;

use metier_core::{CorrelationId, Ctx, Role};
use metier_db::sql;
use metier_jobs::{
    domain::outcome::Outcome,
    ops::{progress, queues, runs},
};
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use crate::bed::{Bed, beds, failure, success, user};

#[derive(FromQueryResult)]
struct Row {
    kind: String,
    data: String,
}

/// What was published about a topic, in order.
async fn told(bed: &Bed, topic: &str) -> Vec<(String, Value)> {
    let query = "SELECT kind, data FROM outbox WHERE topic = $1 ORDER BY created_at, id";
    let rows = sql::list::<Row>(bed.database().reader(), query, vec![topic.into()]).await.unwrap();
    rows.into_iter().map(|row| (row.kind, serde_json::from_str(&row.data).unwrap())).collect()
}

fn engine() -> Ctx {
    Ctx::service("gateway", "test".parse::<CorrelationId>().unwrap())
}

#[tokio::test]
async fn runs_that_begin_together_are_told_together_and_once() {
    for bed in beds().await {
        let (one, two) = (bed.submit(2).await, bed.submit(1).await);
        bed.claim(1).await;
        bed.claim(2).await;
        let told = told(&bed, "run").await;
        let started: Vec<_> =
            told.iter().filter(|(kind, _)| kind == "run.started").map(|(_, data)| data).collect();
        let ids = |data: &Value| {
            data["runs"].as_array().unwrap().iter().map(|run| run["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(started.iter().map(|data| ids(data)).collect::<Vec<_>>(), [[json!(one)], [json!(two)]]);
    }
}

#[tokio::test]
async fn a_run_that_is_cancelled_in_line_never_began() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        runs::cancel(&bed.engine, &bed.maria, id).await.unwrap();
        let names: Vec<_> = told(&bed, "run").await.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(names, ["run.submitted", "run.ended"]);
    }
}

#[tokio::test]
async fn a_replay_is_told_to_whom_the_run_belongs() {
    for bed in beds().await {
        let id = bed.submit(1).await;
        bed.report(&bed.claim(1).await, Outcome::Permanent(failure())).await;
        runs::retry(&bed.engine, &bed.maria, id, None).await.unwrap();
        let (kind, data) = told(&bed, "run").await.pop().unwrap();
        let run = &data["runs"][0];
        assert_eq!(kind, "run.replayed");
        assert_eq!(
            (&run["id"], &run["owner"], &run["epoch"], &run["tasks"]),
            (&json!(id), &json!(bed.maria.user().unwrap()), &json!(2), &json!(1))
        );
    }
}

#[tokio::test]
async fn pausing_and_resuming_a_queue_is_told() {
    for bed in beds().await {
        let operator = user(2, Role::Operator);
        bed.submit(1).await;
        queues::pause(&bed.engine, &operator, "default").await.unwrap();
        queues::resume(&bed.engine, &operator, "default").await.unwrap();
        let data = json!({ "name": "default" });
        let expected = ["queue.paused", "queue.resumed"].map(|kind| (kind.to_owned(), data.clone()));
        assert_eq!(told(&bed, "queue").await, expected);
    }
}

#[tokio::test]
async fn how_far_runs_are_is_for_those_at_work_and_for_services_alone() {
    for bed in beds().await {
        let nothing = progress::read(&bed.engine, &engine(), Duration::ZERO).await.unwrap();
        assert!(!nothing.open && nothing.runs.is_empty());
        let id = bed.submit(3).await;
        let in_line = progress::read(&bed.engine, &engine(), Duration::from_secs(60)).await.unwrap();
        assert!(in_line.open && in_line.runs.is_empty());
        bed.report(&bed.claim(1).await, success()).await;
        let seen = progress::read(&bed.engine, &engine(), Duration::ZERO).await.unwrap();
        let [run] = &seen.runs[..] else { panic!("{seen:?}") };
        assert_eq!((run.id, run.owner), (id.uuid(), Some(bed.maria.user().unwrap().uuid())));
        assert_eq!(serde_json::to_value(run.counts()).unwrap(), json!({ "ready": 2, "succeeded": 1 }));
        bed.report(&bed.claim(2).await, success()).await;
        assert!(!progress::read(&bed.engine, &engine(), Duration::ZERO).await.unwrap().open);
        let refused =
            progress::read(&bed.engine, &user(2, Role::Operator), Duration::ZERO).await.unwrap_err();
        assert_eq!(metier_core::Fault::from(refused).code, "permission_denied");
    }
}
