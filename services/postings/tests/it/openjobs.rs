//! OpenJobs' own routes: its names and shapes, without its defects.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use metier_core::{Clock, Fault, Grants, Role, Timestamp, UserId};
use metier_db::{Backend, DbError, Migrations, sql};
use metier_harness::{Kit, Mounted, Sandbox, Service, ServiceSpec, Topology};
use metier_postings::{MIGRATIONS, ops::figures, store};
use metier_testkit::{postgres, stores};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::bed::{self, Plugin};

/// In the place of the engine, which these tests do not ask.
struct NoJobs;

impl Service for NoJobs {
    const NAME: &'static str = "jobs";
    const PORT: u16 = 7402;
    const SUMMARY: &'static str = "nothing";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = serde_json::Map<String, Value>;

    async fn build(_config: Self::Config, _kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default())
    }
}

static REGISTRY: [ServiceSpec; 2] = [ServiceSpec::of::<NoJobs>(), metier_postings::SPEC];

async fn ask(
    sandbox: &Sandbox,
    grants: Option<Grants>,
    call: (&str, &str),
    body: Value,
) -> (StatusCode, Value) {
    let (method, path) = call;
    let mut request = Request::builder().method(method).uri(format!("/compat/openjobs{path}"));
    if let Some(grants) = grants {
        let token = sandbox.token(UserId::from_uuid(Uuid::from_u128(1)), grants).unwrap();
        request = request.header("authorization", format!("Bearer {}", token.expose()));
    }
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header("content-type", "application/json");
        Body::from(body.to_string())
    };
    let answer = sandbox.send("postings", request.body(body).unwrap()).await.unwrap();
    (answer.status(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
}

async fn admin(sandbox: &Sandbox, call: (&str, &str), body: Value) -> (u16, Value) {
    let (status, body) = ask(sandbox, Some(Role::Admin.grants()), call, body).await;
    (status.as_u16(), body)
}

async fn open_close_on_both(test: impl AsyncFn(&Sandbox)) {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let clock = || Clock::manual(Timestamp::from_seconds(1_800_000_000));
    let settings = || json!({ "postings": { "sources_from_environment": false } });
    let sqlite = Topology::AllInOneSqlite;
    let sandbox = Sandbox::start_with(&REGISTRY, sqlite, settings(), clock()).await.unwrap();
    test(&sandbox).await;
    assert!(sandbox.stop().await);
    let server = postgres::database().await;
    let postgres = Topology::AllInOnePostgres(server.url.clone());
    let sandbox = Sandbox::start_with(&REGISTRY, postgres, settings(), clock()).await.unwrap();
    test(&sandbox).await;
    assert!(sandbox.stop().await);
}

fn job(title: &str) -> Value {
    json!({"title": title, "company": "Bolaget AB", "location": "Stockholm, Sweden", "salary_min": 40_000,
        "salary_max": 50_000, "salary_currency": "SEK", "is_remote": true, "url": "https://jobs.example/1",
        "employment_type": "Full-time", "experience_level": "Senior", "posted_date": "2027-01-10T00:00:00Z",
        "requirements": ["Rust"], "benefits": ["Bike"], "fields": {"team": "core"}})
}

#[tokio::test]
async fn a_job_written_down_is_read_listed_replaced_and_removed() {
    open_close_on_both(async |sandbox| {
        let mut named = job("Engineer");
        named["id"] = json!("my-1");
        let (status, made) = admin(sandbox, ("POST", "/jobs"), named.clone()).await;
        assert_eq!(
            (status, &made["success"], &made["data"]["id"]),
            (201, &json!(true), &json!("my-1")),
            "{made}"
        );
        for (field, value) in named.as_object().unwrap().iter().filter(|(field, _)| *field != "fields") {
            assert_eq!(&made["data"][field], value, "{field}");
        }
        assert_eq!(made["data"]["fields"]["team"], "core");
        assert_eq!(made["data"]["fields"]["source"], "manual");
        assert_eq!(admin(sandbox, ("POST", "/jobs"), named).await.0, 409);

        let mut older = job("Nurse");
        older["posted_date"] = json!("2027-01-01T00:00:00Z");
        older["url"] = json!("https://jobs.example/2");
        older["company"] = json!("Another AB");
        let (_, second) = admin(sandbox, ("POST", "/jobs"), older).await;
        let second = second["data"]["id"].as_str().unwrap().to_owned();
        let (_, page) = admin(sandbox, ("GET", "/jobs?limit=1&offset=1"), Value::Null).await;
        assert_eq!((page["data"].as_array().unwrap().len(), &page["data"][0]["id"]), (1, &json!(second)));

        let (status, changed) = admin(sandbox, ("PUT", "/jobs/my-1"), job("Head engineer")).await;
        assert_eq!((status, &changed["data"]["title"]), (200, &json!("Head engineer")), "{changed}");
        let (status, gone) = admin(sandbox, ("DELETE", "/jobs/my-1"), Value::Null).await;
        assert_eq!((status, gone), (200, json!({"success": true, "message": "Job deleted successfully"})));
        for call in [("GET", "/jobs/my-1"), ("DELETE", "/jobs/my-1")] {
            assert_eq!(admin(sandbox, call, Value::Null).await.0, 404, "{call:?}");
        }
        assert_eq!(admin(sandbox, ("PUT", "/jobs/my-1"), job("Engineer")).await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn the_list_is_in_the_order_of_publication_to_the_fraction_of_a_second() {
    open_close_on_both(async |sandbox| {
        for (id, posted) in [("a", "00:00:00Z"), ("b", "00:00:00.5Z"), ("c", "00:00:01Z")] {
            let mut job = job(&format!("Engineer {id}"));
            job["id"] = json!(id);
            job["company"] = json!(format!("Company {id}"));
            job["url"] = json!(format!("https://jobs.example/{id}"));
            job["posted_date"] = json!(format!("2027-01-10T{posted}"));
            assert_eq!(admin(sandbox, ("POST", "/jobs"), job).await.0, 201);
        }
        let (_, page) = admin(sandbox, ("GET", "/jobs"), Value::Null).await;
        let ids: Vec<_> = page["data"].as_array().unwrap().iter().map(|job| job["id"].clone()).collect();
        assert_eq!(ids, ["c", "b", "a"]);
    })
    .await;
}

#[tokio::test]
async fn reading_a_job_does_not_wait_for_who_writes() {
    open_close_on_both(async |sandbox| {
        let mut named = job("Engineer");
        named["id"] = json!("my-1");
        admin(sandbox, ("POST", "/jobs"), named).await;
        let (begun, is_begun) = oneshot::channel();
        let (end, is_ended) = oneshot::channel::<()>();
        let database = sandbox.kit("postings").database().unwrap();
        let writing = database.write(move |_tx| {
            Box::pin(async move {
                begun.send(()).unwrap();
                is_ended.await.unwrap();
                Ok::<_, DbError>(())
            })
        });
        let reading = async {
            is_begun.await.unwrap();
            let read = admin(sandbox, ("GET", "/jobs/my-1"), Value::Null).await;
            end.send(()).unwrap();
            read
        };
        let (written, (status, read)) = tokio::join!(writing, reading);
        written.unwrap();
        assert_eq!((status, &read["data"]["id"]), (200, &json!("my-1")));
    })
    .await;
}

#[tokio::test]
async fn the_list_is_read_from_its_index_and_nothing_is_sorted() {
    for store in stores("postings", &MIGRATIONS).await {
        let (explain, column, sorted) = match store.database.backend() {
            Backend::Sqlite => ("EXPLAIN QUERY PLAN", 3, "TEMP B-TREE"),
            Backend::Postgres => ("EXPLAIN", 0, "Sort"),
        };
        let plan = store.database.write(move |tx| {
            Box::pin(async move {
                if tx.backend() == Backend::Postgres {
                    // Tables of a test are too small for the planner to bother.
                    sql::execute(tx, "SET LOCAL enable_seqscan = off", vec![]).await?;
                    sql::execute(tx, "SET LOCAL enable_sort = off", vec![]).await?;
                }
                let query = format!("{explain} {}", store::figures::NEWEST);
                let values = [20_i64.into(), 0_i64.into()];
                let query = Statement::from_sql_and_values(tx.get_database_backend(), query, values);
                let rows = tx.query_all_raw(query).await?;
                let lines = rows.iter().map(|row| row.try_get_by_index::<String>(column));
                Ok::<_, DbError>(lines.collect::<Result<Vec<_>, _>>()?.join("\n"))
            })
        });
        let plan = plan.await.unwrap();
        assert!(plan.contains("postings_newest") && !plan.contains(sorted), "{plan}");
    }
}

#[tokio::test]
async fn nobody_comes_in_without_rights_and_bad_input_is_named_in_the_envelope() {
    open_close_on_both(async |sandbox| {
        let calls = [
            ("GET", "/jobs"),
            ("GET", "/jobs/x"),
            ("DELETE", "/jobs/x"),
            ("POST", "/sync/manual"),
            ("GET", "/sync/logs"),
            ("GET", "/plugins"),
            ("GET", "/plugins/status"),
            ("GET", "/analytics"),
            ("GET", "/platform/metrics"),
        ];
        for call in calls {
            let (status, body) = ask(sandbox, None, call, Value::Null).await;
            assert_eq!((status.as_u16(), &body["success"]), (401, &json!(false)), "{call:?} {body}");
        }
        let viewer = || Some(Role::Viewer.grants());
        assert_eq!(ask(sandbox, viewer(), ("POST", "/jobs"), job("Engineer")).await.0, StatusCode::FORBIDDEN);
        assert_eq!(ask(sandbox, None, ("GET", "/health"), Value::Null).await.1["data"]["status"], "healthy");
        assert_eq!(ask(sandbox, None, ("GET", ""), Value::Null).await.1["endpoints"]["jobs"], "/jobs");
        for (call, body) in [
            (("GET", "/jobs?limit=101"), Value::Null),
            (("GET", "/jobs?offset=-1"), Value::Null),
            (("POST", "/jobs"), json!({"company": "no title"})),
            (("POST", "/plugins/register"), json!({"id": "new"})),
            (("POST", "/plugins/register"), json!({"id": "manual", "url": "http://127.0.0.1:1"})),
        ] {
            let (status, answer) = admin(sandbox, call, body).await;
            assert_eq!((status, &answer["success"]), (400, &json!(false)), "{call:?} {answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn figures_are_counted_and_what_is_unknown_is_null() {
    open_close_on_both(async |sandbox| {
        let (_, empty) = admin(sandbox, ("GET", "/analytics"), Value::Null).await;
        assert_eq!(
            (&empty["data"]["summary"]["total_jobs"], &empty["data"]["summary"]["remote_percentage"]),
            (&json!(0), &Value::Null),
            "{empty}"
        );
        admin(sandbox, ("POST", "/jobs"), job("Engineer")).await;
        let (_, analytics) = admin(sandbox, ("GET", "/analytics"), Value::Null).await;
        let summary = &analytics["data"]["summary"];
        assert_eq!(
            (&summary["total_jobs"], &summary["remote_percentage"], &summary["countries_covered"]),
            (&json!(1), &json!(100.0), &json!(1)),
            "{analytics}"
        );
        assert_eq!(analytics["data"]["geography"], json!([{"country": "SE", "sources": {"manual": 1}}]));
        let (_, metrics) = admin(sandbox, ("GET", "/platform/metrics"), Value::Null).await;
        let metrics = &metrics["data"];
        assert_eq!(
            (&metrics["total_jobs"], &metrics["growth"]["jobs_today"]),
            (&json!(1), &json!(1)),
            "{metrics}"
        );
        assert_eq!(metrics["trend"].as_array().unwrap().len(), 7);
        assert_eq!(metrics["trend"][6]["jobs"], 1);
        assert_eq!(metrics["kpis"]["data_quality_score"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn each_source_is_counted_with_its_last_sync_and_the_last_that_was_good() {
    for bed in bed::beds().await {
        let lines =
            [bed::posting("a", "Nurse", "Care."), bed::posting("b", "Engineer", "Build."), bed::end(true, 2)];
        let plugin = Plugin::streaming(&lines).await;
        bed.add("board", &plugin).await;
        bed.sync("board").await.unwrap();
        bed.clock.advance(std::time::Duration::from_secs(60));
        Arc::clone(&plugin.script).lock().unwrap().status = 500;
        assert!(bed.sync("board").await.is_err());
        let sources = figures::sources(&bed.desk, &bed.admin).await.unwrap();
        assert_eq!(sources[0].last.as_ref().unwrap().state, "failed");
        assert_eq!(sources[0].last_good.as_ref().unwrap().new, 2);
        let counted = figures::count(&bed.desk, &bed.admin).await.unwrap();
        assert_eq!(
            (counted.total(), counted.of_source("board").map(|group| group.count).sum::<i64>()),
            (2, 2)
        );
    }
}
