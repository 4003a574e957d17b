//! OpenJobs' clients at a door of their own: every route they know, who may use it, and nothing else behind it.

mod client;

use std::net::TcpListener;

use client::{OpenJobs, invented, send};
use metier_auth::ApiKey;
use metier_core::Random;
use serde_json::{Value, json};

use crate::platform::{Platform, Topology, client as visitor, free_port, metier, metier_with, system_tests};

/// Every route that asks for a right, and whether reading rights are enough.
const ROUTES: [(&str, &str, bool); 12] = [
    ("GET", "/jobs", true),
    ("POST", "/jobs", false),
    ("GET", "/jobs/nothing", true),
    ("PUT", "/jobs/nothing", false),
    ("DELETE", "/jobs/nothing", false),
    ("POST", "/sync/manual", false),
    ("GET", "/sync/logs", true),
    ("GET", "/plugins", true),
    ("POST", "/plugins/register", false),
    ("GET", "/plugins/status", true),
    ("GET", "/analytics", true),
    ("GET", "/platform/metrics", true),
];

/// The fields of a `JobPost`.
const FIELDS: [&str; 18] = [
    "benefits",
    "company",
    "description",
    "employment_type",
    "experience_level",
    "expires_date",
    "fields",
    "id",
    "is_remote",
    "location",
    "posted_date",
    "requirements",
    "salary",
    "salary_currency",
    "salary_max",
    "salary_min",
    "title",
    "url",
];

system_tests!(
    heavy_every_route_of_openjobs_answers_its_own_client,
    heavy_only_those_with_rights_come_in_at_openjobs_door,
);

async fn heavy_every_route_of_openjobs_answers_its_own_client(topology: Topology) {
    let openjobs = OpenJobs::start(topology).await;
    the_front_is_open(&openjobs).await;
    jobs_are_written_read_and_removed(&openjobs).await;
    plugins_are_registered_and_synced(&openjobs).await;
    figures_are_counted(&openjobs).await;
    openjobs.platform.stop().await;
}

async fn the_front_is_open(openjobs: &OpenJobs) {
    let health = send(openjobs.request("GET", "/health")).await.data(200);
    assert_eq!((&health["status"], &health["service"]), (&json!("healthy"), &json!("openjobs")), "{health}");
    let front = send(openjobs.request("GET", "/")).await;
    assert_eq!((front.status, &front.body["status"]), (200, &json!("running")), "{front:?}");
    for path in front.body["endpoints"].as_object().unwrap().values() {
        let answer = openjobs.ask("GET", path.as_str().unwrap()).await;
        assert!([200, 405].contains(&answer.status), "{path}: {answer:?}");
    }
}

fn job() -> Value {
    json!({"id": "my-1", "title": "Engineer", "company": "Bolaget AB", "description": "Build.",
        "location": "Stockholm, Sweden", "salary": "40-50 kkr", "salary_min": 40_000, "salary_max": 50_000,
        "salary_currency": "SEK", "is_remote": true, "url": "https://jobs.example/1",
        "employment_type": "Full-time", "experience_level": "Senior", "requirements": ["Rust"],
        "benefits": ["Bike"], "fields": {"team": "core"}})
}

async fn jobs_are_written_read_and_removed(openjobs: &OpenJobs) {
    let made = openjobs.tell("POST", "/jobs", &job()).await;
    assert_eq!(made.body["message"], "Job created successfully");
    let made = made.data(201);
    assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), FIELDS);
    for (field, value) in job().as_object().unwrap().iter().filter(|(field, _)| *field != "fields") {
        assert_eq!(&made[field], value, "{field}");
    }
    openjobs.tell("POST", "/jobs", &job()).await.refused(409, "posting_taken");
    let listed = openjobs.ask("GET", "/jobs?limit=5&offset=0").await.data(200);
    assert_eq!(listed, json!([made]));
    assert_eq!(openjobs.ask("GET", "/jobs/my-1").await.data(200), made);
    let mut changed = job();
    changed["title"] = json!("Head engineer");
    let put = openjobs.tell("PUT", "/jobs/my-1", &changed).await.data(200);
    assert_eq!(put["title"], "Head engineer");
    let gone = openjobs.ask("DELETE", "/jobs/my-1").await;
    assert_eq!((gone.status, &gone.body["message"]), (200, &json!("Job deleted successfully")));
    for method in ["GET", "DELETE"] {
        openjobs.ask(method, "/jobs/my-1").await.refused(404, "not_found");
    }
    openjobs.tell("PUT", "/jobs/my-1", &job()).await.refused(404, "not_found");
    openjobs
        .tell("POST", "/jobs", &json!({ "company": "no title" }))
        .await
        .refused(400, "invalid_parameters");
    openjobs.ask("GET", "/jobs?limit=0").await.refused(400, "invalid_parameters");
}

async fn plugins_are_registered_and_synced(openjobs: &OpenJobs) {
    let (_process, url) = invented().await;
    let wish = json!({ "id": "invented", "name": "Invented", "url": url });
    let registered = openjobs.tell("POST", "/plugins/register", &wish).await.data(200);
    assert_eq!((&registered["id"], &registered["url"]), (&json!("invented"), &json!(url)), "{registered}");
    openjobs
        .tell("POST", "/plugins/register", &json!({ "id": "no-url" }))
        .await
        .refused(400, "invalid_parameters");
    let named = |all: &Value, field: &str, name: &str| {
        all.as_array().unwrap().iter().find(|one| one[field] == name).cloned().unwrap_or_default()
    };
    let plugins = openjobs.ask("GET", "/plugins").await.data(200);
    assert_eq!(named(&plugins, "id", "invented")["name"], registered["name"], "{plugins}");
    let started = openjobs.sync().await;
    assert_eq!(started.as_array().unwrap().len(), plugins.as_array().unwrap().len(), "{started}");
    let log =
        |logs: &Value, name: &str, status: &str| named(logs, "connector_name", name)["status"] == status;
    let logs = openjobs
        .reaches("/sync/logs", |logs| {
            log(logs, "invented", "success") && log(logs, "arbetsformedlingen", "error")
        })
        .await;
    let good = named(&logs, "connector_name", "invented");
    assert_eq!((&good["jobs_fetched"], &good["jobs_inserted"]), (&json!(300), &json!(300)), "{good}");
    let bad = named(&logs, "connector_name", "arbetsformedlingen");
    assert!(bad["error_message"].is_string(), "a failed sync says why: {bad}");
    let status = named(&openjobs.ask("GET", "/plugins/status").await.data(200), "name", "invented");
    assert_eq!((&status["status"], &status["jobs"]), (&json!("healthy"), &json!(300)), "{status}");
}

async fn figures_are_counted(openjobs: &OpenJobs) {
    let analytics = openjobs.ask("GET", "/analytics").await.data(200);
    let total = analytics["summary"]["total_jobs"].as_i64().unwrap();
    assert!((200..=300).contains(&total), "some of the 300 are the same: {analytics}");
    let countries = analytics["geography"].as_array().unwrap();
    let shown: i64 = countries.iter().filter_map(|country| country["sources"]["invented"].as_i64()).sum();
    assert_eq!(shown, 300, "{analytics}");
    let metrics = openjobs.ask("GET", "/platform/metrics").await.data(200);
    assert_eq!(metrics["total_jobs"], total, "{metrics}");
    assert!(metrics["growth"]["jobs_this_week"].as_i64() >= Some(total), "{metrics}");
    let mut dates = Vec::new();
    for path in ["/jobs?limit=100", "/jobs?limit=100&offset=100"] {
        let page = openjobs.ask("GET", path).await.data(200);
        let posted = |job: &Value| job["posted_date"].as_str().unwrap_or_default().to_owned();
        dates.extend(page.as_array().unwrap().iter().map(posted));
    }
    assert!(dates.len() == 200 && dates.is_sorted_by(|newer, older| newer >= older), "{dates:?}");
}

async fn heavy_only_those_with_rights_come_in_at_openjobs_door(topology: Topology) {
    let openjobs = OpenJobs::start(topology).await;
    let reader = openjobs.key(&["postings:read", "sources:read"]).await;
    let unknown = ApiKey::generate(&Random::system()).text();
    for (method, path, reads) in ROUTES {
        let request =
            || openjobs.request(method, path).json(&json!({ "title": "x", "url": "http://127.0.0.1:9" }));
        let nobody = send(request()).await.refused(401, "unauthenticated");
        assert_eq!(nobody.headers["www-authenticate"], "Bearer", "{method} {path}");
        send(request().header("X-API-Key", unknown.expose())).await.refused(401, "api_key_invalid");
        let cookie = format!("metier_session={}", openjobs.admin.token());
        send(request().header("cookie", cookie)).await.refused(401, "unauthenticated");
        let read = send(request().header("X-API-Key", &reader)).await;
        match reads {
            true => assert!([200, 404].contains(&read.status), "{method} {path}: {read:?}"),
            false => drop(read.refused(403, "permission_denied")),
        }
    }
    let both = openjobs.request("GET", "/jobs").header("X-API-Key", &reader).bearer_auth(&reader);
    send(both).await.refused(401, "token_invalid");
    for bearer in [reader.as_str(), openjobs.admin.token()] {
        send(openjobs.request("GET", "/jobs").bearer_auth(bearer)).await.data(200);
    }
    nothing_else_is_behind_it(&openjobs).await;
    the_edge_is_that_of_the_public_door(&openjobs).await;
    openjobs.platform.stop().await;
}

async fn nothing_else_is_behind_it(openjobs: &OpenJobs) {
    for path in
        ["/api/jobs", "/api/v1/users", "/metrics", "/openapi.json", "/health/ready", "/compat/openjobs/jobs"]
    {
        openjobs.ask("GET", path).await.refused(404, "not_found");
    }
    for path in [
        "/../../api/v1/postings",
        "/jobs/../../../api/v1/postings",
        "//api/v1/postings",
        "/%2e%2e/%2e%2e/metrics",
    ] {
        assert_eq!(openjobs.raw(path).await, "HTTP/1.1 404 Not Found", "{path}");
    }
    let wrong = openjobs.ask("GET", "/sync/manual").await.refused(405, "method_not_allowed");
    assert_eq!(wrong.headers["allow"], "POST");
    let door = openjobs.platform.api("gateway");
    for path in ["/jobs", "/compat/openjobs/jobs"] {
        let status = visitor().get(format!("{door}{path}")).send().await.unwrap().status();
        assert_eq!(status, 404, "{path} is not the public door's");
    }
}

async fn the_edge_is_that_of_the_public_door(openjobs: &OpenJobs) {
    let large =
        openjobs.request("POST", "/jobs").header("X-API-Key", &openjobs.key).body(vec![b' '; 2_097_153]);
    send(large).await.refused(413, "body_too_large");
    let answer = send(openjobs.request("GET", "/health").header("x-correlation-id", "my-id-7")).await;
    assert_eq!(answer.headers["x-correlation-id"], "my-id-7");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    let refused = send(openjobs.request("GET", "/jobs").header("x-correlation-id", "my-id-8")).await;
    assert_eq!((&refused.headers["x-correlation-id"], refused.status), (&"my-id-8".parse().unwrap(), 401));
    let origin = ("origin", "https://front.example");
    let read = openjobs.request("GET", "/jobs").header("X-API-Key", &openjobs.key).header(origin.0, origin.1);
    assert_eq!(send(read).await.headers["access-control-allow-origin"], origin.1);
    let preflight = openjobs.request("OPTIONS", "/jobs").header(origin.0, origin.1);
    let preflight = preflight.header("access-control-request-method", "GET");
    let allowed = send(preflight.header("access-control-request-headers", "x-api-key")).await.headers;
    assert!(allowed["access-control-allow-headers"].to_str().unwrap().contains("x-api-key"), "{allowed:?}");
}

#[tokio::test]
async fn heavy_the_flag_opens_the_door_and_the_start_says_where() {
    let port = free_port();
    let flags = ["--openjobs-port", port.to_string().leak() as &'static str];
    let mut platform = Platform::start_as(Topology::AllInOneSqlite, &flags, &[]).await;
    let address = format!("http://127.0.0.1:{port}");
    platform.process("gateway").says(&format!("listening for OpenJobs' clients on {address}")).await;
    let health = visitor().get(format!("{address}/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
    platform.stop().await;
}

#[test]
fn a_port_in_use_is_told_with_the_setting_that_names_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let said = metier(&["up", "--data-dir", folder, "--port", "0", "--openjobs-port", &port]);
    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(text.contains(&format!("gateway.openjobs_listen cannot be 127.0.0.1:{port}")), "{text}");
}

#[test]
fn only_the_process_of_the_gateway_takes_the_flag() {
    let said = metier(&["serve", "jobs", "--openjobs-port", "8080"]);
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(text.contains("--openjobs-port is for the process that runs the gateway"), "{text}");
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn services_are_listed_with_the_door_when_it_is_open() {
    let open = [("METIER_GATEWAY__OPENJOBS_LISTEN", "127.0.0.1:8080")];
    let text = |arguments: &[&str], settings: &[(&str, &str)]| {
        String::from_utf8(metier_with(arguments, settings).stdout).unwrap()
    };
    assert!(text(&["services"], &open).contains("http://127.0.0.1:8080"));
    assert!(!text(&["services"], &[]).contains("OpenJobs"));
    let rows: Value = serde_json::from_str(&text(&["services", "--json"], &open)).unwrap();
    let rows = rows.as_array().unwrap();
    let urls: Vec<_> = rows.iter().filter_map(|row| row["openjobs_url"].as_str()).collect();
    assert_eq!(urls, ["http://127.0.0.1:8080"]);
}
