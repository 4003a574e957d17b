//! Calendars through the REST door.

use axum::http::Method;
use serde_json::json;

use crate::world::{on_both, somebody};

#[tokio::test]
async fn a_calendar_that_holds_something_back_stays() {
    on_both(async |world| {
        let quiet = |zone: &str| {
            json!({ "name": "quiet", "zone": zone, "windows": [{ "starts": "22:00", "ends": "06:00" }] })
        };
        world.send(Method::POST, "calendars", Some(quiet("UTC"))).await.expect(201);
        world.send(Method::POST, "calendars", Some(quiet("UTC"))).await.refused(409, "calendar_exists");
        world.schedule("nightly", json!({ "calendars": ["quiet"] })).await;
        world.send(Method::DELETE, "calendars/quiet", None).await.refused(409, "calendar_in_use");
        let changed = world.send(Method::PUT, "calendars/quiet", Some(quiet("Asia/Tokyo"))).await.expect(200);
        assert_eq!((&changed.body["zone"], &changed.body["version"]), (&json!("Asia/Tokyo"), &json!(2)));
        let wrong = world.send(Method::PUT, "calendars/quiet", Some(quiet("Nowhere"))).await;
        assert_eq!(wrong.refused(400, "invalid_parameters").fields(), ["/zone"]);
        world.send(Method::DELETE, "schedules/nightly", None).await.expect(204);
        world.send(Method::DELETE, "calendars/quiet", None).await.expect(204);
        assert_eq!(world.get("calendars").await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn calendars_are_changed_only_with_the_right_to() {
    on_both(async |world| {
        let body = json!({ "name": "quiet", "zone": "UTC", "windows": [] });
        let reader = (somebody(), ["calendars:read", "schedules:*"].as_slice());
        let answer = world.send_as(reader, (Method::POST, "calendars", Some(body)), &[]).await;
        answer.refused(403, "permission_denied");
    })
    .await;
}
