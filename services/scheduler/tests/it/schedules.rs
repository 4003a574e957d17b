//! Schedules through the REST door: made, seen, changed, held back, deleted, foretold.

use axum::http::Method;
use metier_core::Id;
use serde_json::{Value, json};

use crate::world::{on_both, somebody, wish};

#[tokio::test]
async fn a_schedule_is_made_once_for_each_key_and_name() {
    on_both(async |world| {
        let body = Some(wish("nightly", json!({})));
        let owner = (somebody(), ["schedules:*", "runs:submit"].as_slice());
        let key = [("idempotency-key", "one")];
        let first = world.send_as(owner, (Method::POST, "schedules", body.clone()), &key).await.expect(201);
        let again = world.send_as(owner, (Method::POST, "schedules", body.clone()), &key).await.expect(201);
        assert_eq!(first.body["id"], again.body["id"]);
        world.send(Method::POST, "schedules", body).await.refused(409, "schedule_exists");
        let by_name = world.get("schedules/nightly").await;
        assert_eq!((&by_name["id"], &by_name["state"]), (&first.body["id"], &json!("active")));
        assert_eq!(world.get("schedules?state=active").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(world.get("schedules?state=paused").await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_fire_is_refused_and_changes_nothing() {
    on_both(async |world| {
        let cases = [
            (json!({ "trigger": { "type": "once", "at": "2001-01-01T00:00:00Z" } }), "/trigger"),
            (json!({ "trigger": { "type": "cron", "expression": "0 0 31 2 *" } }), "/trigger"),
            (json!({ "trigger": { "type": "cron", "expression": "99 * * * *" } }), "/trigger/expression"),
            (
                json!({ "trigger": { "type": "cron", "expression": "@daily", "zone": "Mars/Phobos" } }),
                "/trigger/zone",
            ),
            (json!({ "trigger": { "type": "every", "interval": "0s" } }), "/trigger/interval"),
            (json!({ "end_at": "2001-01-01T00:00:00Z" }), "/trigger"),
            (json!({ "max_runs": 0 }), "/max_runs"),
            (json!({ "start": {} }), "/start/job"),
            (json!({ "calendars": ["nowhere"] }), "/calendars/0"),
            (json!({ "name": "no good" }), "/name"),
        ];
        for (change, field) in cases {
            let answer = world.send(Method::POST, "schedules", Some(wish("wrong", change))).await;
            assert_eq!(answer.refused(400, "invalid_parameters").fields(), [field]);
        }
        assert_eq!(world.get("schedules").await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen() {
    on_both(async |world| {
        world.schedule("nightly", json!({})).await;
        let seen = world.send(Method::GET, "schedules/nightly", None).await.tag();
        let admin = (somebody(), ["*:*"].as_slice());
        let body = || Some(wish("nightly", json!({ "description": "changed" })));
        let put = |body: Option<Value>| (Method::PUT, "schedules/nightly", body);
        world.send_as(admin, put(body()), &[("if-match", &seen)]).await.expect(200);
        world.send_as(admin, put(body()), &[("if-match", &seen)]).await.refused(412, "stale_version");
        let delete = (Method::DELETE, "schedules/nightly", None);
        world.send_as(admin, delete, &[("if-match", &seen)]).await.refused(412, "stale_version");
        world.send(Method::DELETE, "schedules/nightly", None).await.expect(204);
        world.send(Method::GET, "schedules/nightly", None).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_schedule_of_somebody_else_does_not_exist_and_who_changes_one_runs_it() {
    on_both(async |world| {
        let rights = ["schedules:read", "schedules:write", "runs:submit"];
        let (own, other) = (Id::from_uuid(uuid::Uuid::from_u128(1)), Id::from_uuid(uuid::Uuid::from_u128(2)));
        let make = (Method::POST, "schedules", Some(wish("mine", json!({}))));
        world.send_as((own, &rights), make, &[]).await.expect(201);
        for path in ["schedules/mine", "schedules/mine/fires", "schedules/mine/preview"] {
            world.send_as((other, &rights), (Method::GET, path, None), &[]).await.refused(404, "not_found");
        }
        let pause = (Method::POST, "schedules/mine/pause", None);
        world.send_as((other, &rights), pause, &[]).await.refused(404, "not_found");
        let all = ["schedules:*", "runs:submit"];
        let put = (Method::PUT, "schedules/mine", Some(wish("mine", json!({}))));
        let changed = world.send_as((other, &all), put, &[("if-match", "*")]).await.expect(200).body;
        assert_eq!(changed["actor"], json!({ "type": "user", "id": other.to_string() }));
        assert_eq!(changed["owner"], json!(own.to_string()));
    })
    .await;
}

#[tokio::test]
async fn the_preview_says_why_a_time_is_left_out_saved_or_not() {
    on_both(async |world| {
        let calendar = json!({
            "name": "weekends", "zone": "UTC",
            "windows": [{ "weekdays": ["sat", "sun"], "reason": "nobody is there" }],
        });
        world.send(Method::POST, "calendars", Some(calendar)).await.expect(201);
        let daily =
            json!({ "trigger": { "type": "cron", "expression": "@daily" }, "calendars": ["weekends"] });
        let unsaved =
            world.send(Method::POST, "schedules/preview?count=7", Some(wish("x", daily.clone()))).await;
        let unsaved = unsaved.expect(200).body;
        world.schedule("daily", daily).await;
        assert_eq!(world.get("schedules/daily/preview?count=7").await, unsaved);
        let skipped: Vec<&Value> =
            unsaved.as_array().unwrap().iter().filter_map(|time| time.get("skipped")).collect();
        assert_eq!(skipped, [&json!("calendar weekends holds it back: nobody is there"); 2]);
        world
            .send(Method::GET, "schedules/daily/preview?count=0", None)
            .await
            .refused(400, "invalid_parameters");
    })
    .await;
}
