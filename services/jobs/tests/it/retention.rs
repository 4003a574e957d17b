//! Bounded history.

use metier_core::{Ctx, Fault, PageRequest, Role, Timestamp};
use metier_db::{DbError, sql};
use metier_jobs::{
    Config, MIGRATIONS,
    domain::{conditions::Conditions, outcome::Outcome},
    ops::{
        forget::forget,
        jobs::{self, Definition, Execution},
        runs,
    },
    store::{retention, run_pages::Filter},
};
use metier_testkit::stores;
use serde_json::{Value, json};

use crate::bed::{Bed, beds, failure, success, user};

#[tokio::test]
async fn ended_runs_leave_with_everything_beside_them_and_open_ones_stay() {
    for bed in beds().await {
        let old = bed.submit(2).await;
        bed.report(&bed.claim(2).await, success()).await;
        let open = bed.submit(1).await;
        age(&bed, 31).await;
        assert_eq!(forget(&bed.engine).await.unwrap(), 1);
        let gone = runs::get(&bed.engine, &bed.maria, old).await.unwrap_err();
        assert_eq!(Fault::from(gone).code, "not_found");
        runs::get(&bed.engine, &bed.maria, open).await.unwrap();
        for (table, left) in [("attempts", 0), ("results", 0), ("tasks", 1)] {
            let query = format!("SELECT count(*) FROM {table}");
            let count = sql::scalar::<i64>(bed.database().reader(), &query, vec![]).await.unwrap();
            assert_eq!(count, Some(left), "{table}");
        }
        bed.recount().await;
    }
}

/// Lets every end lie so many days further back. Moving the clock would not do: where replicas share a database, its
/// own clock counts.
pub async fn age(bed: &Bed, days: i64) {
    let write = bed.database().write(move |tx| {
        Box::pin(async move {
            let by = vec![(days * 24 * 60 * 60 * 1_000_000).into()];
            Ok::<_, DbError>(
                sql::execute(tx, "UPDATE runs SET ended_at = ended_at - $1 WHERE ended_at > 0", by).await?,
            )
        })
    });
    write.await.unwrap();
}

/// A run of one task of a job, ended at once; its number.
async fn ended(bed: &Bed, job: &str) -> i64 {
    let submitted = jobs::execute(&bed.engine, &operator(), job, Execution::default()).await.unwrap();
    bed.report(&bed.claim(1).await, success()).await;
    submitted.number
}

fn operator() -> Ctx {
    user(3, Role::Operator)
}

async fn define(
    bed: &Bed,
    job: &str,
    (keep_days, keep_runs): (Option<i64>, Option<i64>),
) -> Result<(), Fault> {
    let parameters = json!({ "n": 1 }).as_object().unwrap().clone();
    let definition = Definition {
        description: String::new(),
        kind: "count".into(),
        parameters,
        queue: "default".into(),
        conditions: Conditions::default(),
        priority: 0,
        max_attempts: None,
        timeout_ms: None,
        keep_days,
        keep_runs,
        document: None,
    };
    jobs::create(&bed.engine, &operator(), job, definition).await.map(drop).map_err(Fault::from)
}

/// Numbers of the runs that are left, oldest first.
async fn left(bed: &Bed) -> Vec<i64> {
    let all = user(4, Role::Admin);
    let page = runs::list(&bed.engine, &all, &Filter::default(), &PageRequest::default()).await.unwrap();
    page.items.iter().rev().map(|run| run.number).collect()
}

#[tokio::test]
async fn a_job_bounds_its_history_by_age_and_by_count_and_may_keep_more_than_others() {
    for bed in beds().await {
        define(&bed, "brief", (None, Some(2))).await.unwrap();
        define(&bed, "long", (Some(90), None)).await.unwrap();
        define(&bed, "plain", (None, None)).await.unwrap();
        let mut numbers = Vec::new();
        for job in ["brief", "brief", "brief", "brief", "long", "plain"] {
            numbers.push(ended(&bed, job).await);
        }
        assert_eq!(forget(&bed.engine).await.unwrap(), 2, "the two oldest of the brief job");
        assert_eq!(left(&bed).await, numbers[2..]);
        age(&bed, 31).await;
        assert_eq!(forget(&bed.engine).await.unwrap(), 3);
        assert_eq!(left(&bed).await, [numbers[4]], "the long job keeps for 90 days");
        age(&bed, 60).await;
        assert_eq!(forget(&bed.engine).await.unwrap(), 1);
        bed.recount().await;
    }
}

#[tokio::test]
async fn a_job_cannot_keep_nothing_or_for_ever() {
    for bed in beds().await {
        for keep in [(Some(0), None), (None, Some(0)), (Some(36_501), None), (None, Some(-1))] {
            let refused = define(&bed, "wrong", keep).await.unwrap_err();
            let field = if keep.0.is_some() { "/keep_days" } else { "/keep_runs" };
            assert_eq!(refused.violations[0].field, field);
        }
    }
}

#[tokio::test]
async fn what_is_forgotten_is_archived_first_if_asked_line_by_line() {
    for store in stores("jobs", &MIGRATIONS).await {
        let bed = Bed::on(store, Config { archive: true, ..Config::default() }).await;
        let run = bed.submit(2).await;
        bed.report(&bed.claim(2).await, Outcome::Succeeded(format!("\"{}\"", "x".repeat(10_000)))).await;
        age(&bed, 31).await;
        assert_eq!(forget(&bed.engine).await.unwrap(), 1);
        let kept = bed.tools.blobs.list("", &PageRequest::default()).await.unwrap().items;
        let [file] = kept.as_slice() else { panic!("the results are gone and one file is there: {kept:?}") };
        assert!(file.key.starts_with("archive/runs/2027-01-15/1-"), "{}", file.key);
        let text = bed.tools.blobs.get_bytes(&file.key, 1 << 20).await.unwrap();
        let lines: Vec<Value> = text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        let types: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["task", "task", "run"]);
        assert_eq!(lines[1]["parameters"], json!({"n": 1}));
        assert_eq!(lines[1]["result"].as_str().unwrap().len(), 10_000);
        assert_eq!(lines[1]["attempts"][0]["state"], "succeeded");
        assert_eq!((&lines[2]["id"], &lines[2]["state"]), (&json!(run.to_string()), &json!("succeeded")));
    }
}

#[tokio::test]
async fn a_run_that_is_replayed_while_it_is_forgotten_stays_whole() {
    for bed in beds().await {
        let id = bed.submit(2).await;
        bed.report(&bed.claim(2).await, Outcome::Permanent(failure())).await;
        let reader = bed.database().reader();
        let due =
            retention::due_by_age(reader, Timestamp::from_micros(i64::MAX), retention::Place::default())
                .await
                .unwrap();
        let parts = retention::chunks(&due).remove(0);
        runs::retry(&bed.engine, &bed.maria, id, None).await.unwrap();
        let write = bed
            .database()
            .write(move |tx| Box::pin(async move { Ok::<_, DbError>(retention::delete(tx, &parts).await?) }));
        assert_eq!(write.await.unwrap().runs, 0);
        assert_eq!(bed.claim(9).await.tasks.len(), 2);
    }
}
