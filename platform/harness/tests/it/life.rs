//! Beginning and end: order, draining, what is left when it does not work out.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use metier_config::Loader;
use metier_core::{Clock, Random};
use metier_harness::{Doors, Effects, Plan, Sandbox, StartError, Topology, start};
use serde_json::json;
use tower::ServiceExt;

use crate::{Trial, notes::REGISTRY};

fn effects() -> Effects {
    Effects { clock: Clock::system(), random: Random::system(), metrics: std::sync::Arc::new(String::new) }
}

#[tokio::test]
async fn dependencies_start_before_and_stop_after_those_who_need_them() {
    let trial = Trial::alone(json!({ "readers": { "ask": true } })).await;
    let word = trial.sandbox.kit("readers").folder.join("farewell");
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("farewell");
    // The sandbox's folder goes with it, so the word is caught through a second name.
    std::fs::write(&word, "").unwrap();
    std::fs::hard_link(&word, &kept).unwrap();
    assert!(trial.sandbox.stop().await);
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "notes still answered");
}

#[tokio::test]
async fn an_open_stream_ends_well_when_the_process_is_about_to() {
    let trial = Trial::alone(json!({})).await;
    let request = Request::get("/wait").body(Body::empty()).unwrap();
    let answer = trial.sandbox.http("notes").oneshot(request).await.unwrap();
    let reading = tokio::spawn(async move { answer.into_body().collect().await.unwrap().to_bytes() });
    assert!(trial.sandbox.stop().await);
    assert_eq!(reading.await.unwrap(), "begun ended");
}

#[tokio::test]
async fn a_loop_that_does_not_end_is_left_behind_when_its_time_is_over() {
    let settings = json!({ "readers": { "deaf": true }, "server": { "drain": "10ms" } });
    let trial = Trial::alone(settings).await;
    assert!(!trial.sandbox.stop().await);
}

#[tokio::test]
async fn who_waits_for_events_across_the_network_does_not_keep_the_publisher_from_ending() {
    for trial in Trial::each().await {
        trial.until("readers", "/seen", |answer| answer.status().is_success()).await;
        let began = std::time::Instant::now();
        assert!(trial.sandbox.stop().await);
        assert!(began.elapsed().as_secs() < 4, "{:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_second_process_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "data": { "folder": folder.path() } });
    let plan =
        || Plan::read(REGISTRY, &["notes"], Doors::Closed, &mut Loader::new().flags(&settings)).unwrap();
    let first = start(plan(), effects()).await.unwrap();
    let refused = start(plan(), effects()).await.unwrap_err();
    let expected = format!("process {} already runs notes from", std::process::id());
    assert!(refused.to_string().starts_with(&expected), "{refused}");
    assert!(first.stop().await);
    start(plan(), effects()).await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({ "data": { "folder": folder.path() }, "services": { "notes": { "port": port } } });
    let plan = Plan::read(REGISTRY, &["notes"], Doors::Own, &mut Loader::new().flags(&settings)).unwrap();
    let refused = start(plan, effects()).await.unwrap_err();
    assert!(matches!(&refused, StartError::Listen { service: "notes", .. }), "{refused}");
    assert!(refused.to_string().contains(&port.to_string()), "{refused}");
}

#[tokio::test]
async fn a_service_that_cannot_start_takes_those_before_it_down_again() {
    // Readers ask notes while they are built, and notes is at an address where nobody is.
    let folder = tempfile::tempdir().unwrap();
    let settings = json!({
        "data": { "folder": folder.path() },
        "readers": { "ask": true },
        "services": { "notes": { "address": "http://127.0.0.1:9" } },
    });
    let plan =
        || Plan::read(REGISTRY, &["readers"], Doors::Closed, &mut Loader::new().flags(&settings)).unwrap();
    let refused = start(plan(), effects()).await.unwrap_err();
    assert_eq!(refused.to_string(), "readers cannot start");
    let again = start(plan(), effects()).await.unwrap_err();
    assert!(!matches!(again, StartError::DataFolder(_)), "the folder was left locked: {again}");
}

#[tokio::test]
async fn services_are_ready_well_within_a_second() {
    let began = std::time::Instant::now();
    let sandbox = Sandbox::start(REGISTRY, Topology::AllInOneSqlite).await.unwrap();
    let took = began.elapsed();
    println!("two services were ready in {} ms", took.as_millis());
    assert!(took.as_secs() < 5, "{took:?}");
    assert!(sandbox.stop().await);
}
