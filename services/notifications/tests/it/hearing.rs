//! What a webhook hears: what its owner may see and wished for, once.

use axum::http::Method;
use metier_bus::NewEvent;
use serde_json::json;

use crate::{
    receiver::Receiver,
    world::{on_both, person, wish},
};

#[tokio::test]
async fn a_webhook_hears_what_its_owner_may_see_and_wished_for() {
    on_both(async |world| {
        let (own, all) = (Receiver::start().await, Receiver::start().await);
        let with = |name: &str, receiver: &Receiver, types: &[&str]| wish(name, receiver, types);
        let user = (person(1), ["webhooks:write", "runs:read"].as_slice());
        let body = with("mine", &own, &["run.failed"]);
        world.send_as(user, (Method::POST, "webhooks", Some(body))).await.expect(201);
        let operator = (person(2), ["webhooks:write", "runs:read", "runs:read_all"].as_slice());
        let body = with("everyones", &all, &[]);
        world.send_as(operator, (Method::POST, "webhooks", Some(body))).await.expect(201);
        world.end_runs(&[("a", 1), ("b", 3)]).await;
        let heard = own.received(1).await;
        assert_eq!((&heard[0].body["type"], &heard[0].body["subject"]), (&json!("run.failed"), &json!("a")));
        assert_eq!(heard[0].header("metier-event"), "run.failed");
        let mut subjects: Vec<_> =
            all.received(2).await.iter().map(|one| one.body["subject"].clone()).collect();
        subjects.sort_by_key(ToString::to_string);
        assert_eq!(subjects, ["a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn what_happened_before_a_webhook_was_made_is_not_sent() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.end_runs(&[("before", 1)]).await;
        world.later(std::time::Duration::from_secs(1)).await;
        world.webhook("deploys", &receiver, &["run"]).await;
        world.end_runs(&[("after", 1)]).await;
        assert_eq!(receiver.received(1).await[0].body["subject"], "after");
    })
    .await;
}

#[tokio::test]
async fn a_service_that_restarts_sends_nothing_twice_and_forgets_nothing() {
    on_both(async |mut world| {
        let receiver = Receiver::start().await;
        world.webhook("deploys", &receiver, &["run"]).await;
        world.end_runs(&[("one", 1)]).await;
        receiver.received(1).await;
        world.sandbox.restart("notifications").await.unwrap();
        world.end_runs(&[("two", 1)]).await;
        let subjects: Vec<_> =
            receiver.received(2).await.iter().map(|one| one.body["subject"].clone()).collect();
        assert_eq!(subjects, ["one", "two"]);
    })
    .await;
}

#[tokio::test]
async fn rights_that_change_end_what_was_saved_with_them() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.webhook("deploys", &receiver, &[]).await;
        let about = |kind| {
            let data = json!({ "user_id": person(1), "number": 1, "role": "user" });
            NewEvent::new("user", kind, person(1), data).owned_by(Some(person(1)))
        };
        world.publish("identity", about("user.role.assigned")).await;
        let disabled = world.until("deploys", |webhook| webhook["enabled"] == json!(false)).await;
        assert_eq!(disabled["disabled_reason"], "its owner's rights changed; save it again");
        world.publish("identity", about("user.deleted")).await;
        for _ in 0..3_000 {
            if world.get("webhooks").await["items"] == json!([]) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("it outlived its owner");
    })
    .await;
}
