//! How all services are, in one answer.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::world::{World, everywhere, with};

async fn report(world: &World) -> (u16, Value, Value) {
    let answer = world.get("/health").send().await;
    let parts = answer.body["parts"].as_array().unwrap();
    let status = |name: &str| {
        parts.iter().find(|part| part["name"] == name).map_or(Value::Null, |part| part["status"].clone())
    };
    (answer.status.as_u16(), status("identity"), status("jobs"))
}

/// Answers of health are kept for half a second of real time, so what changed shows a little later.
async fn until(world: &World, expected: u16) -> (u16, Value, Value) {
    loop {
        let seen = report(world).await;
        if seen.0 == expected {
            return seen;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_service_that_is_not_well_is_named_and_why_stays_inside() {
    everywhere(async |world| {
        assert_eq!(until(&world, 200).await, (200, json!("ok"), json!("ok")));
        world.get("/health/ready").send().await.expect(204);
        world.shared.unwell.store(true, Ordering::SeqCst);
        assert_eq!(until(&world, 503).await, (503, json!("ok"), json!("unavailable")));
        let answer = world.get("/health").send().await;
        assert!(!answer.body.to_string().contains("/var/lib/secret"), "{:?}", answer.body);
        world.get("/health/ready").send().await.expect(503);
        world.get("/health/live").send().await.expect(204);
        world.shared.unwell.store(false, Ordering::SeqCst);
        until(&world, 200).await;
    })
    .await;
}

#[tokio::test]
async fn a_service_the_installation_does_without_is_not_missed() {
    with(json!({ "gateway": { "without": ["jobs"] } }), async |world| {
        world.shared.unwell.store(true, Ordering::SeqCst);
        assert_eq!(report(&world).await, (200, json!("ok"), Value::Null));
    })
    .await;
}
