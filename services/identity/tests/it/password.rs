//! A new password for oneself.

use serde_json::json;

use crate::world::{PASSWORD, on_both};

const NEW: &str = "another horse battery";

#[tokio::test]
async fn the_current_password_is_needed_and_other_sessions_end() {
    on_both(async |world| {
        let admin = world.admin().await;
        let other = world.person("root@example.org").await;
        let change = |current: &str, new: &str| {
            let body = json!({ "current_password": current, "new_password": new });
            world.post("/api/v1/auth/password", body).bearer(&admin.access).send()
        };
        change("wrong horse battery", NEW).await.refused(403, "password_wrong");
        let weak = change(PASSWORD, "root@example.org").await.refused(400, "invalid_parameters");
        assert_eq!(weak.body["violations"][0]["field"], "/new_password");
        change(PASSWORD, NEW).await.expect(204);
        world.login("root@example.org", PASSWORD).send().await.refused(401, "credentials_wrong");
        world.login("root@example.org", NEW).send().await.expect(200);
        world.refresh(&admin.refresh).await.expect(200);
        world.refresh(&other.refresh).await.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn guessing_the_current_password_with_a_stolen_token_is_delayed() {
    on_both(async |world| {
        let admin = world.admin().await;
        let guess = || {
            let body = json!({ "current_password": "wrong horse battery", "new_password": NEW });
            world.post("/api/v1/auth/password", body).bearer(&admin.access).send()
        };
        for _ in 0..5 {
            guess().await.refused(403, "password_wrong");
        }
        guess().await.refused(429, "login_throttled");
        world.person("root@example.org").await;
    })
    .await;
}
