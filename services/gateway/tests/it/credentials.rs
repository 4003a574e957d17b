//! Who comes in, and as whom they reach the services.

use axum::http::Method;
use futures::future::join_all;
use metier_auth::ApiKey;
use metier_core::Random;
use serde_json::json;

use crate::world::{World, everywhere, seen};

fn cookie(world: &World, token: &str, session: metier_core::SessionId) -> (String, String) {
    let csrf = world.kit().csrf.value(session);
    (format!("metier_session={token}; metier_csrf={csrf}"), csrf)
}

#[tokio::test]
async fn a_token_goes_through_and_the_service_verifies_it_itself() {
    everywhere(async |world| {
        let (token, _) = world.token();
        let told = world.get("/api/v1/runs").bearer(&token).send().await.expect(200);
        assert!(told.body["actor"].as_str().unwrap().starts_with("user:"));
        assert_eq!(told.body["grants"], json!(["runs:read"]));
        assert_eq!(seen(&told, "authorization"), Some(format!("Bearer {token}").as_str()));
    })
    .await;
}

#[tokio::test]
async fn nobody_goes_through_as_nobody() {
    everywhere(async |world| {
        let told = world.get("/api/v1/runs").send().await.expect(200);
        assert_eq!((&told.body["actor"], &told.body["grants"]), (&json!("anonymous"), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn credentials_that_do_not_hold_stay_outside() {
    everywhere(async |world| {
        let (token, _) = world.token();
        world.get("/api/v1/runs").bearer(format!("{token}x")).send().await.refused(401, "token_invalid");
        world.get("/api/v1/runs").bearer("mtr_nonsense").send().await.refused(401, "token_invalid");
        world
            .get("/api/v1/runs")
            .header("authorization", "Basic YTpi")
            .send()
            .await
            .refused(401, "token_invalid");
        let two = world.get("/api/v1/runs").bearer(&token).bearer(&token).send().await;
        two.refused(401, "token_invalid");
        world.wait(601);
        world.get("/api/v1/runs").bearer(&token).send().await.refused(401, "token_expired");
    })
    .await;
}

#[tokio::test]
async fn the_token_of_a_service_opens_nothing_from_outside() {
    everywhere(async |world| {
        let kit = world.sandbox.kit("jobs");
        for peer in ["gateway", "identity", "jobs"] {
            let token = kit.tokens_for(peer, kit.ctx()).token().await.unwrap();
            world.get("/api/v1/runs").bearer(token.expose()).send().await.refused(401, "token_invalid");
        }
    })
    .await;
}

#[tokio::test]
async fn an_api_key_is_exchanged_and_remembered_for_half_a_minute() {
    everywhere(async |world| {
        let key = world.key(&["runs:read"]);
        let ask = || world.get("/api/v1/runs").bearer(&key).send();
        let told = ask().await.expect(200);
        assert!(told.body["actor"].as_str().unwrap().starts_with("api_key:"));
        assert!(!seen(&told, "authorization").unwrap().contains("mtr_"), "the key stays at the door");
        ask().await.expect(200);
        assert_eq!(world.exchanges(), 1);
        world.shared.keys.lock().unwrap().clear();
        world.wait(29);
        ask().await.expect(200);
        world.wait(1);
        ask().await.refused(401, "api_key_invalid");
        let unknown = ApiKey::generate(&Random::system()).text();
        world.get("/api/v1/runs").bearer(unknown.expose()).send().await.refused(401, "api_key_invalid");
    })
    .await;
}

#[tokio::test]
async fn of_many_requests_with_one_key_one_asks() {
    everywhere(async |world| {
        let key = world.key(&[]);
        let answers = join_all((0..50).map(|_| world.get("/api/v1/runs").bearer(&key).send())).await;
        assert!(answers.iter().all(|answer| answer.status.as_u16() == 200));
        assert_eq!(world.exchanges(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_browser_reads_with_its_cookie_and_changes_with_its_proof() {
    everywhere(async |world| {
        let (token, session) = world.token();
        let (cookies, csrf) = cookie(&world, &token, session);
        let read = world.get("/api/v1/runs").header("cookie", &cookies).send().await.expect(200);
        assert!(read.body["actor"].as_str().unwrap().starts_with("user:"));
        assert_eq!(seen(&read, "cookie"), None);
        let change = || world.ask(Method::POST, "/api/v1/runs").header("cookie", &cookies);
        change().send().await.refused(403, "csrf_refused");
        change().header("x-metier-csrf", "guess").send().await.refused(403, "csrf_refused");
        change().header("sec-fetch-site", "cross-site").send().await.refused(403, "csrf_refused");
        change().header("x-metier-csrf", &csrf).send().await.expect(200);
        change().header("sec-fetch-site", "same-origin").send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn an_expired_cookie_keeps_nobody_from_signing_in() {
    everywhere(async |world| {
        let (token, session) = world.token();
        let (cookies, _) = cookie(&world, &token, session);
        world.wait(601);
        world.get("/api/v1/runs").header("cookie", &cookies).send().await.refused(401, "token_expired");
        for path in ["/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout"] {
            let told = world.post(path).header("cookie", &cookies).send().await.expect(200);
            assert_eq!((&told.body["actor"], seen(&told, "authorization")), (&json!("anonymous"), None));
            assert!(seen(&told, "cookie").is_some(), "the refresh token may be in it");
        }
        let password = world.post("/api/v1/auth/password").header("cookie", &cookies).send().await;
        password.refused(401, "token_expired");
    })
    .await;
}
