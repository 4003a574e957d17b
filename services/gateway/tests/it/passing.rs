//! What goes through, and what does not.

use axum::http::Method;
use metier_core::CorrelationId;
use serde_json::json;

use crate::world::{everywhere, seen};

#[tokio::test]
async fn the_first_part_of_the_path_decides_who_answers() {
    everywhere(async |world| {
        for (path, service) in
            [("/api/v1/runs", "jobs"), ("/api/v1/worker/claim", "jobs"), ("/api/v1/users/7", "identity")]
        {
            assert_eq!(world.get(path).send().await.expect(200).body["service"], service, "{path}");
        }
        assert_eq!(world.get("/.well-known/jwks.json").send().await.expect(200).body["service"], "identity");
    })
    .await;
}

#[tokio::test]
async fn what_is_in_no_row_does_not_exist() {
    everywhere(async |world| {
        for path in [
            "/api/v1",
            "/api/v1/secrets",
            "/api/v1/products",
            "/api/v1//runs",
            "/internal/secrets",
            "/jobs",
            "/api/v2/runs",
        ] {
            world.get(path).send().await.refused(404, "not_found");
        }
    })
    .await;
}

#[tokio::test]
async fn method_target_and_body_go_through_unchanged() {
    everywhere(async |world| {
        let target = "/api/v1/runs/7/x%20y?state=a,b&q=%25";
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let told = world.ask(method.clone(), target).body("12345").send().await.expect(200);
            assert_eq!(
                (&told.body["method"], &told.body["target"]),
                (&json!(method.as_str()), &json!(target))
            );
            assert_eq!(told.body["size"], 5);
        }
        let told =
            world.get("/api/v1/runs").header("if-match", "\"3\"").header("idempotency-key", "k").send().await;
        assert_eq!((seen(&told, "if-match"), seen(&told, "idempotency-key")), (Some("\"3\""), Some("k")));
    })
    .await;
}

#[tokio::test]
async fn what_a_client_must_not_say_of_itself_is_taken_out() {
    everywhere(async |world| {
        let lie = |path: &str| {
            let ask =
                world.get(path).header("cookie", "a=b").header("x-metier-client-address", "203.0.113.9");
            ask.header("x-metier-gateway-token", "forged").header("connection", "x-hop").header("x-hop", "1")
        };
        let jobs = lie("/api/v1/runs").send().await.expect(200);
        for name in ["cookie", "x-metier-client-address", "x-metier-gateway-token", "x-hop", "authorization"]
        {
            assert_eq!(seen(&jobs, name), None, "{name}");
        }
        let identity = lie("/api/v1/users").send().await.expect(200);
        assert_eq!(seen(&identity, "x-metier-client-address"), Some("192.0.2.1"));
        assert_eq!(seen(&identity, "cookie"), Some("a=b"));
        let proof = seen(&identity, "x-metier-gateway-token").unwrap();
        assert_ne!(proof, "forged");
        let correlation = CorrelationId::fresh(&world.clock, &world.kit().random);
        let headers = [("authorization".parse().unwrap(), format!("Bearer {proof}").parse().unwrap())];
        let authenticate = world.sandbox.kit("identity").authenticate.clone();
        let ctx = authenticate
            .authenticate(&headers.into_iter().collect(), &Method::GET, correlation)
            .await
            .unwrap();
        assert_eq!((ctx.actor.to_string(), ctx.grants.texts()), ("service:gateway".to_owned(), vec![]));
    })
    .await;
}

#[tokio::test]
async fn one_correlation_id_goes_through_and_comes_back() {
    everywhere(async |world| {
        let told = world.get("/api/v1/runs").header("x-correlation-id", "my-id-7").send().await.expect(200);
        assert_eq!(seen(&told, "x-correlation-id"), Some("my-id-7"));
        assert_eq!(told.headers["x-correlation-id"], "my-id-7");
        let missing = world.get("/nothing").header("x-correlation-id", "my-id-8").send().await;
        assert_eq!(missing.body["correlation_id"], "my-id-8");
        let fresh = world.get("/api/v1/runs").header("x-correlation-id", "not an id").send().await;
        assert_eq!(seen(&fresh, "x-correlation-id"), fresh.headers["x-correlation-id"].to_str().ok());
    })
    .await;
}

#[tokio::test]
async fn every_answer_carries_security_headers() {
    everywhere(async |world| {
        for path in ["/", "/api/v1/runs", "/nothing"] {
            let headers = world.get(path).send().await.headers;
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert_eq!(headers["x-frame-options"], "DENY", "{path}");
            assert!(!headers.contains_key("strict-transport-security"), "plain HTTP");
        }
    })
    .await;
    let settings = json!({ "server": { "public_url": "https://metier.example" } });
    crate::world::with(settings, async |world| {
        let headers = world.get("/api/v1/runs").send().await.headers;
        assert_eq!(headers["strict-transport-security"], "max-age=31536000");
    })
    .await;
}
