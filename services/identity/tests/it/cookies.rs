//! Browsers get cookies instead of tokens.

use serde_json::json;

use crate::world::{PASSWORD, World, cookie, on_both, with};

async fn sign_in(world: &World) -> crate::world::Answer {
    let body = json!({ "email": "root@example.org", "password": PASSWORD, "answer": "cookie" });
    world.post("/api/v1/auth/login", body).send().await.expect(200)
}

#[tokio::test]
async fn a_browser_gets_cookies_and_no_token_in_the_body() {
    on_both(async |world| {
        world.admin().await;
        let answer = sign_in(&world).await;
        for field in ["access_token", "refresh_token", "device_token"] {
            assert!(answer.body.get(field).is_none(), "{field}");
        }
        let (session, line) = cookie(&answer, "metier_session").unwrap();
        assert!(line.contains("HttpOnly") && line.contains("SameSite=Lax") && line.contains("Max-Age=599"));
        assert!(!line.contains("Secure"), "plain HTTP on loopback");
        let (_, refresh) = cookie(&answer, "metier_refresh").unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/api/v1/auth"] {
            assert!(refresh.contains(part), "{refresh}");
        }
        let (csrf, line) = cookie(&answer, "metier_csrf").unwrap();
        assert!(!line.contains("HttpOnly"));
        assert_eq!(csrf, format!("metier_csrf={}", answer.text("csrf_token")));
        let token = session.trim_start_matches("metier_session=");
        world.get("/api/v1/auth/me").bearer(token).send().await.expect(200);
        // Behind the public door a cookie speaks for nobody.
        world.get("/api/v1/auth/me").header("cookie", &session).send().await.refused(401, "unauthenticated");
    })
    .await;
}

#[tokio::test]
async fn over_tls_cookies_are_secure() {
    with(json!({ "server": { "public_url": "https://metier.example" } }), async |world| {
        world.admin().await;
        let answer = sign_in(&world).await;
        for name in ["metier_session", "metier_csrf", "metier_refresh", "metier_device"] {
            assert!(cookie(&answer, name).unwrap().1.contains("Secure"), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_refreshes_and_signs_out_with_its_cookie() {
    on_both(async |world| {
        world.admin().await;
        let (refresh, _) = cookie(&sign_in(&world).await, "metier_refresh").unwrap();
        let next =
            world.post("/api/v1/auth/refresh", json!({})).header("cookie", &refresh).send().await.expect(200);
        assert!(next.body.get("access_token").is_none() && cookie(&next, "metier_session").is_some());
        let (refresh, _) = cookie(&next, "metier_refresh").unwrap();
        let logout = world.call(axum::http::Method::POST, "/api/v1/auth/logout").header("cookie", &refresh);
        let out = logout.send().await.expect(204);
        assert!(cookie(&out, "metier_session").unwrap().1.contains("Max-Age=0"));
        assert!(cookie(&out, "metier_device").is_none(), "the device stays known");
        let again = world.post("/api/v1/auth/refresh", json!({})).header("cookie", &refresh).send().await;
        again.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn without_a_cookie_and_a_token_there_is_nothing_to_refresh() {
    on_both(async |world| {
        world.post("/api/v1/auth/refresh", json!({})).send().await.refused(401, "refresh_token_invalid");
        let two = "metier_refresh=mrt_a; metier_refresh=mrt_b";
        let planted = world.post("/api/v1/auth/refresh", json!({})).header("cookie", two).send().await;
        planted.refused(401, "refresh_token_invalid");
    })
    .await;
}
