//! Sending: signed, again until it arrives, and again when somebody wants.

use std::time::Duration;

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::Sha256;

use crate::{
    receiver::{Manner, Received, Receiver},
    world::on_both,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// As a receiver checks it, written apart from the service.
fn is_signed(received: &Received, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!(
        "{}.{}.{}",
        received.header("webhook-id"),
        received.header("webhook-timestamp"),
        received.text
    );
    received.header("webhook-signature").split(' ').any(|signature| {
        let expected = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(signed.as_bytes());
        mac.verify_slice(&expected).is_ok()
    })
}

#[tokio::test]
async fn a_delivery_is_signed_and_told_in_the_log() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        let secret = world.webhook("deploys", &receiver, &[]).await;
        let ping = world.post("webhooks/deploys/test", None).await.expect(200).body;
        let received = receiver.received(1).await.remove(0);
        assert!(is_signed(&received, &secret) && !is_signed(&received, "whsec_b3RoZXI="));
        assert_eq!(
            (received.header("webhook-id"), &received.body["type"]),
            (ping["id"].as_str().unwrap(), &json!("webhook.ping"))
        );
        assert_eq!(received.header("content-type"), "application/json");
        let told = world.delivery("deploys", |delivery| delivery["state"] == "delivered").await;
        assert_eq!((&told["tries"], &told["body"]), (&json!(1), &received.body));
        let tried = &told["attempts"][0];
        assert_eq!((&tried["status"], &tried["number"]), (&json!(204), &json!(1)));
    })
    .await;
}

#[tokio::test]
async fn what_does_not_arrive_is_sent_again_later_and_later_under_the_same_id() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.webhook("deploys", &receiver, &["webhook.ping"]).await;
        receiver.answer(Manner::With(500));
        world.post("webhooks/deploys/test", None).await.expect(200);
        for tries in 1..=3 {
            receiver.received(tries).await;
            let waiting = world
                .delivery("deploys", |delivery| delivery["attempts"].as_array().unwrap().len() == tries)
                .await;
            assert_eq!(
                (&waiting["state"], &waiting["attempts"][tries - 1]["status"]),
                (&json!("waiting"), &json!(500))
            );
            assert_eq!(waiting["attempts"][0]["excerpt"], "thank you\u{fffd}");
            if tries == 3 {
                receiver.answer(Manner::With(200));
            }
            world.later(Duration::from_secs(6 * (1 << (tries - 1)))).await;
        }
        let received = receiver.received(4).await;
        assert!(received.iter().all(|one| one.header("webhook-id") == received[0].header("webhook-id")));
        assert_ne!(received[0].header("webhook-timestamp"), received[3].header("webhook-timestamp"));
        let told = world.delivery("deploys", |delivery| delivery["state"] == "delivered").await;
        assert_eq!(told["tries"], 4);
        assert!(world.get("webhooks/deploys").await.get("failing_since").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    on_both(async |world| {
        let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
        world.webhook("deploys", &receiver, &["webhook.ping"]).await;
        receiver.answer(Manner::Redirecting(elsewhere.url()));
        world.post("webhooks/deploys/test", None).await.expect(200);
        let told = world.delivery("deploys", |delivery| delivery["attempts"][0].is_object()).await;
        assert_eq!(
            (&told["attempts"][0]["status"], &told["attempts"][0]["error"]),
            (&json!(302), &json!("redirects are not followed"))
        );
        elsewhere.received(0).await;
    })
    .await;
}

#[tokio::test]
async fn after_a_day_a_delivery_has_failed_and_can_be_sent_again() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.webhook("deploys", &receiver, &["webhook.ping"]).await;
        receiver.answer(Manner::With(503));
        let id = world.post("webhooks/deploys/test", None).await.expect(200).body["id"]
            .as_str()
            .unwrap()
            .to_owned();
        receiver.received(1).await;
        world.delivery("deploys", |delivery| delivery["attempts"][0].is_object()).await;
        world.later(24 * HOUR).await;
        receiver.received(2).await;
        let failed = world.delivery("deploys", |delivery| delivery["state"] == "failed").await;
        assert!(failed.get("try_at").is_none() && failed["settled_at"].is_string());
        receiver.answer(Manner::With(200));
        world.post(&format!("webhooks/deploys/deliveries/{id}/replay"), None).await.expect(200);
        assert_eq!(receiver.received(3).await[2].header("webhook-id"), id);
        let told = world.delivery("deploys", |delivery| delivery["state"] == "delivered").await;
        assert_eq!((told["attempts"].as_array().unwrap().len(), &told["tries"]), (3, &json!(3)));
        let now = world.clock.now().to_string();
        let range = json!({ "from": "2020-01-01T00:00:00Z", "until": now, "state": "failed" });
        let none = world.post("webhooks/deploys/replay", Some(range)).await.expect(200);
        assert_eq!(none.body["deliveries"], 0);
        let range = json!({ "from": "2020-01-01T00:00:00Z", "until": now });
        let one = world.post("webhooks/deploys/replay", Some(range)).await.expect(200);
        assert_eq!(one.body["deliveries"], 1);
        receiver.received(4).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_signs_beside_the_one_before_for_a_day() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        let old = world.webhook("deploys", &receiver, &["webhook.ping"]).await;
        let rotated = world.post("webhooks/deploys/rotate", None).await.expect(200).body;
        let new = rotated["secret"].as_str().unwrap();
        assert!(rotated["old_secret_until"].is_string() && new != old);
        world.post("webhooks/deploys/test", None).await.expect(200);
        let both = receiver.received(1).await.remove(0);
        assert!(is_signed(&both, &old) && is_signed(&both, new));
        world.later(24 * HOUR).await;
        world.post("webhooks/deploys/test", None).await.expect(200);
        let alone = receiver.received(2).await.remove(1);
        assert!(!is_signed(&alone, &old) && is_signed(&alone, new));
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_is_gone_or_fails_for_days_is_disabled_and_says_why() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.webhook("gone", &receiver, &["webhook.ping"]).await;
        receiver.answer(Manner::With(410));
        world.post("webhooks/gone/test", None).await.expect(200);
        let gone = world.until("gone", |webhook| webhook["enabled"] == json!(false)).await;
        assert_eq!(gone["disabled_reason"], "the receiver says that it is gone (410)");
        world.webhook("broken", &receiver, &["webhook.ping"]).await;
        receiver.answer(Manner::With(500));
        world.post("webhooks/broken/test", None).await.expect(200);
        world.until("broken", |webhook| webhook["failing_since"].is_string()).await;
        world.later(72 * HOUR).await;
        let broken = world.until("broken", |webhook| webhook["enabled"] == json!(false)).await;
        assert_eq!(broken["disabled_reason"], "nothing could be delivered for 3 days");
        // Enabled again it begins anew.
        let wish = json!({ "name": "broken", "url": receiver.url(), "types": ["webhook.ping"] });
        let enabled = world.send(Method::PUT, "webhooks/broken", Some(wish)).await.expect(200).body;
        assert!(enabled["enabled"] == json!(true) && enabled.get("failing_since").is_none());
    })
    .await;
}
