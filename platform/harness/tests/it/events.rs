//! Events reach those who listen, once each, wherever they run and whoever was away.

use axum::http::StatusCode;
use serde_json::json;

use crate::{Trial, json as parsed};

#[tokio::test]
async fn an_event_reaches_its_consumer_in_every_topology() {
    for trial in Trial::each().await {
        let writer = trial.writer();
        assert_eq!(trial.write(Some(&writer), 1, "one").await, StatusCode::CREATED);
        assert_eq!(trial.write(Some(&writer), 2, "two").await, StatusCode::CREATED);
        trial.until("readers", "/seen", |answer| parsed(answer) == json!(["one", "two"])).await;
        assert!(trial.sandbox.stop().await);
    }
}

#[tokio::test]
async fn after_a_restart_events_go_on_where_they_were() {
    for mut trial in Trial::each().await {
        assert_eq!(trial.write(Some(&trial.writer()), 1, "before").await, StatusCode::CREATED);
        trial.until("readers", "/seen", |answer| parsed(answer) == json!(["before"])).await;
        trial.sandbox.restart("notes").await.unwrap();
        assert_eq!(trial.write(Some(&trial.writer()), 2, "between").await, StatusCode::CREATED);
        trial.sandbox.restart("readers").await.unwrap();
        trial.until("readers", "/seen", |answer| parsed(answer) == json!(["before", "between"])).await;
        assert!(trial.sandbox.stop().await);
    }
}

#[tokio::test]
async fn the_event_log_is_for_services_only() {
    use metier_bus::protocol::{ReadRequest, event_log_client::EventLogClient};
    let trial = Trial::alone(json!({})).await;
    let kit = trial.sandbox.kit("readers");
    let token = std::sync::Arc::new(trial.writer());
    let refused =
        EventLogClient::new(kit.link_as("notes", token).unwrap()).read(ReadRequest::default()).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::PermissionDenied);
    EventLogClient::new(kit.link("notes").unwrap()).read(ReadRequest::default()).await.unwrap();
}
