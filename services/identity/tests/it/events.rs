//! Each change leaves an event and an audit entry, and none of them holds a secret or an address.

use axum::http::Method;
use serde_json::json;

use crate::world::{PASSWORD, on_both};

#[tokio::test]
async fn every_change_is_told_without_secrets() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let path = format!("/api/v1/users/{}", ada.id);
        let patch = world.call(Method::PATCH, &path).json(json!({
            "role": "operator", "extra_grants": ["users:read"], "disabled": true, "display_name": "Ada Secret Name"
        }));
        patch.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        let enable = world.call(Method::PATCH, &path).json(json!({ "disabled": false }));
        enable.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        let key = world.post("/api/v1/api-keys", json!({ "name": "k", "grants": [] })).bearer(&admin.access);
        let key = key.send().await.expect(201);
        let revoke = world.call(Method::DELETE, &format!("/api/v1/api-keys/{}", key.text("id")));
        revoke.bearer(&admin.access).send().await.expect(204);
        world.post("/api/v1/roles", json!({ "name": "r", "grants": [] })).bearer(&admin.access).send().await.expect(201);
        let delete = world.call(Method::DELETE, "/api/v1/roles/r").header("if-match", "*");
        delete.bearer(&admin.access).send().await.expect(204);
        world.login("root@example.org", "wrong horse battery").send().await.expect(401);
        world.login("nobody@example.org", "wrong horse battery").send().await.expect(401);
        let fresh = world.refresh(&admin.refresh).await.expect(200).text("refresh_token");
        let body = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
        world.post("/api/v1/auth/password", body).bearer(&admin.access).send().await.expect(204);
        let rotate = world.call(Method::POST, "/api/v1/signing-keys/rotate").bearer(&admin.access);
        rotate.send().await.expect(204);
        world.call(Method::POST, "/api/v1/auth/logout").bearer(&admin.access).send().await.expect(204);
        let delete = world.call(Method::DELETE, &path).header("if-match", "*");
        delete.bearer(&admin.access).send().await.expect(204);

        let events = world.events().await;
        let facts: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).filter(|kind| !kind.starts_with("audit")).collect();
        for kind in [
            "user.created", "auth.user.login", "user.deactivated", "user.role.assigned", "user.permission.changed",
            "user.updated", "user.activated", "auth.api_key.created", "auth.api_key.revoked", "user.role.created",
            "user.role.deleted", "auth.user.login_failed", "auth.token.refreshed", "user.password.changed",
            "auth.signing_key.rotated", "auth.user.logout", "user.deleted",
        ] {
            assert!(facts.contains(&kind), "{kind} is missing among {facts:?}");
            // The finer events of an update share its audit entry.
            let finer = ["user.deactivated", "user.activated", "user.role.assigned", "user.permission.changed"];
            let audited = events.iter().any(|(_, data)| data.contains(&format!("\"action\":\"{kind}\"")));
            assert!(audited || finer.contains(&kind), "{kind} has no audit entry");
        }
        let all = format!("{events:?}");
        let key = key.text("key");
        for secret in ["example.org", "Secret Name", PASSWORD, "argon2", &key, &admin.access, &fresh, &ada.refresh] {
            assert!(!all.contains(secret), "an event tells {secret}");
        }
    })
    .await;
}
