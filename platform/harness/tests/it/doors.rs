//! What every service answers, and to whom.

use axum::http::StatusCode;
use serde_json::json;

use crate::{Trial, json as parsed};

#[tokio::test]
async fn a_service_reaches_its_peer_the_same_way_in_every_topology() {
    for trial in Trial::each().await {
        assert_eq!(trial.get("readers", "/ask").await.status(), StatusCode::NO_CONTENT);
        let crashed = trial.get("readers", "/who").await;
        assert_eq!(crashed.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(parsed(&crashed)["code"], "internal");
        assert!(trial.sandbox.stop().await);
    }
}

#[tokio::test]
async fn only_who_shows_a_token_with_the_right_may_write() {
    let trial = Trial::alone(json!({})).await;
    assert_eq!(trial.write(None, 1, "nobody's").await, StatusCode::UNAUTHORIZED);
    let reader =
        trial.sandbox.token(metier_core::Id::from_uuid(uuid::Uuid::nil()), Default::default()).unwrap();
    assert_eq!(trial.write(Some(&reader), 1, "a reader's").await, StatusCode::FORBIDDEN);
    assert_eq!(trial.write(Some(&trial.writer()), 1, "a writer's").await, StatusCode::CREATED);
}

#[tokio::test]
async fn every_service_tells_its_health_its_metrics_and_its_routes() {
    let trial = Trial::alone(json!({})).await;
    let health = parsed(&trial.get("readers", "/health").await);
    let parts: Vec<_> = health["parts"].as_array().unwrap().iter().map(|part| part["name"].clone()).collect();
    assert_eq!(parts, ["database", "consume.notes.readers", "relay", "retention"]);
    assert_eq!((&health["service"], &health["status"]), (&json!("readers"), &json!("ok")));
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(trial.get("notes", path).await.status(), StatusCode::NO_CONTENT);
    }
    assert_eq!(trial.get("notes", "/metrics").await.status(), StatusCode::OK);
    assert_eq!(
        trial.get("readers", "/metrics").await.status(),
        StatusCode::UNAUTHORIZED,
        "it is the public door"
    );
    let described = parsed(&trial.get("notes", "/openapi.json").await);
    assert_eq!(described["info"]["title"], "metier notes");
    assert!(described["paths"]["/notes"]["post"].is_object());
}

#[tokio::test]
async fn a_service_whose_check_fails_is_not_ready_and_says_why() {
    let trial = Trial::alone(json!({ "notes": { "broken": true } })).await;
    assert_eq!(trial.get("notes", "/health/ready").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let health = trial.get("notes", "/health").await;
    assert_eq!(health.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(parsed(&health)["parts"][0]["message"], "the disk is away");
    assert_eq!(trial.get("readers", "/health/ready").await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_loop_that_fell_is_started_again_and_shows_as_degraded_not_as_away() {
    let trial = Trial::alone(json!({ "notes": { "falls": 1 } })).await;
    trial.until("notes", "/health", |answer| parsed(answer)["status"] == "degraded").await;
    let health = parsed(&trial.get("notes", "/health").await);
    let fragile = health["parts"].as_array().unwrap().iter().find(|part| part["name"] == "fragile").unwrap();
    assert_eq!(fragile["message"], "started again 1 times, last because: panicked");
    assert_eq!(trial.get("notes", "/health/ready").await.status(), StatusCode::NO_CONTENT);
}
