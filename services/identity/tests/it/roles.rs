//! Roles a workspace makes itself.

use axum::http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, Person, World, on_both};

async fn change(world: &World, by: &Person, name: &str, tag: &str, body: Value) -> Answer {
    let call = world.call(Method::PATCH, &format!("/api/v1/roles/{name}")).json(body);
    call.header("if-match", tag).bearer(&by.access).send().await
}

async fn delete(world: &World, by: &Person, name: &str) -> Answer {
    let call = world.call(Method::DELETE, &format!("/api/v1/roles/{name}"));
    call.header("if-match", "*").bearer(&by.access).send().await
}

#[tokio::test]
async fn a_role_is_made_given_changed_and_deleted() {
    on_both(async |world| {
        let admin = world.admin().await;
        let create = || {
            let body = json!({ "name": "watch", "description": "Looks", "grants": ["runs:read"] });
            world.post("/api/v1/roles", body).bearer(&admin.access).send()
        };
        let made = create().await.expect(201);
        create().await.refused(409, "role_exists");
        let ada = world.member(&admin, "ada@example.org", "watch").await;
        delete(&world, &admin, "watch").await.refused(409, "role_in_use");
        let body = json!({ "grants": ["products:read"] });
        change(&world, &admin, "watch", &made.tag(), body).await.expect(200);
        change(&world, &admin, "watch", &made.tag(), json!({})).await.refused(412, "stale_version");
        let next = world.refresh(&ada.refresh).await.expect(200);
        assert_eq!(next.body["user"]["grants"], json!(["products:read"]));
        let user = world.call(Method::DELETE, &format!("/api/v1/users/{}", ada.id));
        user.header("if-match", "*").bearer(&admin.access).send().await.expect(204);
        delete(&world, &admin, "watch").await.expect(204);
        delete(&world, &admin, "watch").await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn built_in_roles_are_shown_and_stay_as_they_are() {
    on_both(async |world| {
        let admin = world.admin().await;
        for name in ["zeta", "alpha"] {
            let body = json!({ "name": name, "grants": [] });
            world.post("/api/v1/roles", body).bearer(&admin.access).send().await.expect(201);
        }
        let list = world.get("/api/v1/roles").bearer(&admin.access).send().await.expect(200);
        let names: Vec<_> =
            list.body["items"].as_array().unwrap().iter().map(|role| role["name"].clone()).collect();
        assert_eq!(names, ["admin", "operator", "user", "viewer", "alpha", "zeta"]);
        change(&world, &admin, "viewer", "*", json!({ "grants": [] })).await.refused(409, "role_built_in");
        delete(&world, &admin, "viewer").await.refused(409, "role_built_in");
        world.get("/api/v1/roles/viewer").bearer(&admin.access).send().await.expect(200);
        world.get("/api/v1/roles/none").bearer(&admin.access).send().await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_or_changes_a_role_beyond_their_own_rights() {
    on_both(async |world| {
        let admin = world.admin().await;
        let create = |by: &Person, name: &str, grants: Value| {
            let body = json!({ "name": name, "grants": grants });
            world.post("/api/v1/roles", body).bearer(&by.access).send()
        };
        create(&admin, "clerk", json!(["roles:*", "runs:read"])).await.expect(201);
        create(&admin, "chief", json!(["*:*"])).await.expect(201);
        let clerk = world.member(&admin, "clerk@example.org", "clerk").await;
        create(&clerk, "mine", json!(["runs:submit"])).await.refused(403, "grants_exceeded");
        let more = json!({ "grants": ["runs:*"] });
        change(&world, &clerk, "clerk", "*", more).await.refused(403, "grants_exceeded");
        change(&world, &clerk, "chief", "*", json!({ "grants": [] })).await.refused(403, "user_stronger");
        delete(&world, &clerk, "chief").await.refused(403, "user_stronger");
    })
    .await;
}

#[tokio::test]
async fn a_role_that_makes_the_last_administrator_keeps_its_rights() {
    on_both(async |world| {
        let admin = world.admin().await;
        let body = json!({ "name": "chief", "grants": ["*:*"] });
        world.post("/api/v1/roles", body).bearer(&admin.access).send().await.expect(201);
        let own = world
            .call(Method::PATCH, &format!("/api/v1/users/{}", admin.id))
            .json(json!({ "role": "chief" }));
        own.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        let less = json!({ "grants": ["runs:read"] });
        change(&world, &admin, "chief", "*", less).await.refused(409, "last_admin");
    })
    .await;
}
