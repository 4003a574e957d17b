//! Signing in.

use serde_json::json;

use crate::world::{PASSWORD, on_both};

#[tokio::test]
async fn who_knows_the_password_is_let_in_whatever_the_case_of_the_address() {
    on_both(async |world| {
        world.admin().await;
        let answer = world.login("ROOT@Example.ORG", PASSWORD).send().await.expect(200);
        assert_eq!(answer.body["user"]["email"], "root@example.org");
        assert_eq!(
            (answer.text("token_type").as_str(), answer.body["expires_in"].as_i64()),
            ("Bearer", Some(599))
        );
        let me = world.get("/api/v1/auth/me").bearer(&answer.text("access_token")).send().await.expect(200);
        assert_eq!(me.body["session_id"], answer.body["session_id"]);
        assert_eq!((me.body["actor"].as_str(), &me.body["grants"]), (Some("user"), &json!(["*:*"])));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    on_both(async |world| {
        world.admin().await;
        let wrong = world.login("root@example.org", "wrong horse battery").send().await;
        let unknown = world.login("nobody@example.org", "wrong horse battery").send().await;
        let strip = |mut body: serde_json::Value| {
            body["correlation_id"] = json!(null);
            body
        };
        assert_eq!((wrong.status, unknown.status.as_u16()), (unknown.status, 401));
        assert_eq!(strip(wrong.body), strip(unknown.body));
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_looks_like_a_wrong_password() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let path = format!("/api/v1/users/{}", ada.id);
        let change = world.call(axum::http::Method::PATCH, &path).json(json!({ "disabled": true }));
        change.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        world.login("ada@example.org", PASSWORD).send().await.refused(401, "credentials_wrong");
        world.refresh(&ada.refresh).await.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn an_expired_access_token_is_refused_and_says_so() {
    on_both(async |world| {
        let admin = world.admin().await;
        world.wait(600);
        world.get("/api/v1/auth/me").bearer(&admin.access).send().await.refused(401, "token_expired");
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_by_field() {
    on_both(async |world| {
        let post = |body| world.post("/api/v1/auth/login", body).send();
        let missing = post(json!({ "email": "a@example.org" })).await.expect(400);
        assert_eq!(missing.code(), "invalid_parameters");
        let unknown = post(json!({ "email": "a@example.org", "password": "x", "admin": true })).await;
        assert_eq!(unknown.status.as_u16(), 400);
        let no_address = post(json!({ "email": "a", "password": "x" })).await.expect(400);
        assert_eq!(no_address.body["violations"][0]["field"], "/email");
        let long = "x".repeat(100_000);
        post(json!({ "email": "a@example.org", "password": long })).await.refused(401, "credentials_wrong");
    })
    .await;
}
