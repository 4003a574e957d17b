//! The first administrator.

use metier_identity::setup_token;
use serde_json::json;

use crate::world::{PASSWORD, World, on_both, with};

async fn set_up(world: &World, token: &str) -> crate::world::Answer {
    let body = json!({ "token": token, "email": "root@example.org", "password": PASSWORD });
    world.post("/api/v1/setup", body).send().await
}

#[tokio::test]
async fn the_token_is_told_once_and_makes_one_administrator() {
    on_both(async |world| {
        let token = setup_token(world.kit()).await.unwrap().unwrap();
        assert!(setup_token(world.kit()).await.unwrap().is_none(), "told once per start");
        let made = set_up(&world, token.expose()).await.expect(201);
        assert_eq!((made.body["role"].as_str(), made.body["number"].as_i64()), (Some("admin"), Some(1)));
        set_up(&world, token.expose()).await.refused(409, "already_set_up");
        assert!(setup_token(world.kit()).await.unwrap().is_none());
        let root = world.person("root@example.org").await;
        world.get("/api/v1/users").bearer(&root.access).send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_token_changes_nothing() {
    on_both(async |world| {
        set_up(&world, "mst_guess").await.refused(401, "setup_token_invalid");
        let token = setup_token(world.kit()).await.unwrap().unwrap();
        set_up(&world, &format!("{}x", token.expose())).await.refused(401, "setup_token_invalid");
        set_up(&world, token.expose()).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn two_at_once_make_one_administrator() {
    on_both(async |world| {
        let token = setup_token(world.kit()).await.unwrap().unwrap();
        let other = json!({ "token": token.expose(), "email": "other@example.org", "password": PASSWORD });
        let (first, second) =
            tokio::join!(set_up(&world, token.expose()), world.post("/api/v1/setup", other).send());
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    })
    .await;
}

#[tokio::test]
async fn a_weak_password_leaves_the_token_good() {
    on_both(async |world| {
        let token = setup_token(world.kit()).await.unwrap().unwrap();
        let body = json!({ "token": token.expose(), "email": "root@example.org", "password": "short" });
        let refused = world.post("/api/v1/setup", body).send().await.refused(400, "invalid_parameters");
        assert_eq!(refused.body["violations"][0]["field"], "/password");
        set_up(&world, token.expose()).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn a_restart_prints_a_fresh_token_and_the_old_one_is_void() {
    on_both(async |mut world| {
        let old = setup_token(world.kit()).await.unwrap().unwrap();
        world.sandbox.restart("identity").await.unwrap();
        let fresh = setup_token(world.kit()).await.unwrap().unwrap();
        set_up(&world, old.expose()).await.refused(401, "setup_token_invalid");
        set_up(&world, fresh.expose()).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn the_settings_may_name_the_token() {
    with(json!({ "identity": { "setup": { "token": "a-token-long-enough-for-this" } } }), async |world| {
        assert!(setup_token(world.kit()).await.unwrap().is_none(), "the operator knows it already");
        set_up(&world, "a-token-long-enough-for-this").await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn the_settings_may_name_the_administrator() {
    let settings = json!({ "identity": { "setup": { "email": "root@example.org", "password": PASSWORD } } });
    with(settings, async |mut world| {
        assert!(setup_token(world.kit()).await.unwrap().is_none());
        world.person("root@example.org").await;
        world.sandbox.restart("identity").await.unwrap();
        let root = world.person("root@example.org").await;
        let users = world.get("/api/v1/users").bearer(&root.access).send().await.expect(200);
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn registration_is_closed_unless_the_operator_opens_it() {
    let body = json!({ "email": "new@example.org", "password": PASSWORD });
    on_both(async |world| {
        world.admin().await;
        world.post("/api/v1/auth/register", body.clone()).send().await.refused(403, "registration_closed");
        world.login("new@example.org", PASSWORD).send().await.expect(401);
    })
    .await;
    with(json!({ "identity": { "registration": "open" } }), async |world| {
        let register = || world.post("/api/v1/auth/register", body.clone()).send();
        register().await.refused(403, "registration_closed");
        world.admin().await;
        let made = register().await.expect(201);
        assert_eq!(made.body["role"], "user");
        register().await.refused(409, "email_taken");
        world.person("new@example.org").await;
    })
    .await;
}
