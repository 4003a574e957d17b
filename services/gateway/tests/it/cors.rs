//! Pages of other origins.

use axum::http::Method;
use serde_json::json;

use crate::world::{Ask, World, everywhere, with};

fn preflight<'w>(world: &'w World, origin: &str) -> Ask<'w> {
    let ask = world.ask(Method::OPTIONS, "/api/v1/runs").header("origin", origin);
    ask.header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-metier-csrf")
}

#[tokio::test]
async fn no_page_of_another_origin_may_call_unless_it_is_named() {
    everywhere(async |world| {
        let answer = preflight(&world, "https://console.example").send().await;
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    })
    .await;
    with(json!({ "gateway": { "cors": { "origins": ["https://console.example"] } } }), async |world| {
        let named = preflight(&world, "https://console.example").send().await;
        assert_eq!(named.headers["access-control-allow-origin"], "https://console.example");
        assert_eq!(named.headers["access-control-allow-credentials"], "true");
        let headers = named.headers["access-control-allow-headers"].to_str().unwrap();
        assert!(headers.contains("x-metier-csrf") && headers.contains("idempotency-key"));
        let other = preflight(&world, "https://evil.example").send().await;
        assert!(!other.headers.contains_key("access-control-allow-origin"));
        let read =
            world.get("/api/v1/runs").header("origin", "https://console.example").send().await.expect(200);
        assert!(read.headers["access-control-expose-headers"].to_str().unwrap().contains("etag"));
    })
    .await;
}
