//! API keys: shown once, never stronger than their owner, gone when revoked.

use axum::http::Method;
use metier_auth::ApiKey;
use metier_contract_identity::IdentityClient;
use metier_core::{Fault, FaultKind, Timestamp};
use serde_json::{Value, json};

use crate::world::{Answer, Person, World, on_both};

async fn create(world: &World, by: &Person, body: Value) -> Answer {
    world.post("/api/v1/api-keys", body).bearer(&by.access).send().await
}

async fn exchange(world: &World, key: &str) -> Result<metier_contract_identity::Token, Fault> {
    let kit = world.sandbox.kit("gateway");
    let client = IdentityClient::new(kit.link("identity").unwrap());
    client.exchange_api_key(&kit.ctx(), &ApiKey::parse(key).unwrap()).await
}

async fn me(world: &World, key: &str) -> Value {
    let token = exchange(world, key).await.unwrap();
    world.get("/api/v1/auth/me").bearer(token.token.expose()).send().await.expect(200).body
}

fn reader() -> Value {
    json!({ "name": "reader", "grants": ["runs:read"] })
}

#[tokio::test]
async fn a_key_acts_for_its_owner_with_the_rights_both_have() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let wish = json!({ "name": "both", "grants": ["runs:read", "runs:submit"] });
        let made = create(&world, &ada, wish).await.expect(201);
        let key = made.text("key");
        assert!(key.starts_with(&made.text("prefix")));
        let seen = me(&world, &key).await;
        assert_eq!(
            (seen["actor"].as_str(), seen["user"]["id"].as_str()),
            (Some("api_key"), Some(ada.id.as_str()))
        );
        assert_eq!(seen["grants"], json!(["runs:read", "runs:submit"]));
        let change =
            world.call(Method::PATCH, &format!("/api/v1/users/{}", ada.id)).json(json!({ "role": "viewer" }));
        change.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        assert_eq!(me(&world, &key).await["grants"], json!(["runs:read"]));
    })
    .await;
}

#[tokio::test]
async fn the_key_itself_is_shown_once_and_its_use_is_noted() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, reader()).await.expect(201);
        let path = format!("/api/v1/api-keys/{}", made.text("id"));
        let read = || world.get(&path).bearer(&admin.access).send();
        let before = read().await.expect(200);
        assert!(before.body.get("key").is_none() && before.body.get("last_used_at").is_none());
        let list = world.get("/api/v1/api-keys").bearer(&admin.access).send().await.expect(200);
        assert!(!list.body.to_string().contains(&made.text("key")));
        exchange(&world, &made.text("key")).await.unwrap();
        assert!(read().await.body["last_used_at"].is_string());
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_makes_one_key_and_does_not_show_it_again() {
    on_both(async |world| {
        let admin = world.admin().await;
        let send = || {
            let call = world.post("/api/v1/api-keys", reader()).bearer(&admin.access);
            call.header("idempotency-key", "once").send()
        };
        let first = send().await.expect(201);
        let again = send().await.expect(201);
        assert_eq!(first.text("id"), again.text("id"));
        assert!(first.body["key"].is_string() && again.body.get("key").is_none());
    })
    .await;
}

#[tokio::test]
async fn a_key_has_no_right_its_owner_lacks() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        for grants in [json!(["users:read"]), json!(["*:*"]), json!(["runs:*"])] {
            let wish = json!({ "name": "more", "grants": grants });
            create(&world, &ada, wish).await.refused(403, "grants_exceeded");
        }
        // The token still says operator; the account does not.
        let oper = world.member(&admin, "op@example.org", "operator").await;
        let change = world
            .call(Method::PATCH, &format!("/api/v1/users/{}", oper.id))
            .json(json!({ "role": "viewer" }));
        change.header("if-match", "*").bearer(&admin.access).send().await.expect(200);
        let wish = json!({ "name": "late", "grants": ["queues:pause"] });
        create(&world, &oper, wish).await.refused(403, "grants_exceeded");
    })
    .await;
}

#[tokio::test]
async fn a_key_cannot_make_keys() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, json!({ "name": "all", "grants": ["*:*"] })).await.expect(201);
        let token = exchange(&world, &made.text("key")).await.unwrap();
        let another = world.post("/api/v1/api-keys", reader()).bearer(token.token.expose()).send().await;
        another.refused(403, "session_required");
        let body = json!({ "current_password": "x", "new_password": "yyyyyyyyyyyy" });
        let password = world.post("/api/v1/auth/password", body).bearer(token.token.expose()).send().await;
        password.refused(403, "session_required");
    })
    .await;
}

#[tokio::test]
async fn revoked_and_expired_keys_open_nothing() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, reader()).await.expect(201);
        let revoke = || world.call(Method::DELETE, &format!("/api/v1/api-keys/{}", made.text("id")));
        let before = exchange(&world, &made.text("key")).await.unwrap();
        revoke().bearer(&admin.access).send().await.expect(204);
        revoke().bearer(&admin.access).send().await.expect(204);
        let refused = exchange(&world, &made.text("key")).await.unwrap_err();
        assert_eq!((refused.kind, &*refused.code), (FaultKind::Unauthenticated, "api_key_invalid"));
        world.wait(120);
        let old = world.get("/api/v1/auth/me").bearer(before.token.expose()).send().await;
        old.refused(401, "token_expired");

        let end = world.clock.now().plus(std::time::Duration::from_secs(90));
        let wish = json!({ "name": "short", "grants": [], "expires_at": end });
        let short = create(&world, &admin, wish).await;
        // The administrator's own token is ten minutes old by now at most.
        let key = short.expect(201).text("key");
        let token = exchange(&world, &key).await.unwrap();
        assert_eq!(token.expires_at, Timestamp::from_seconds(end.seconds()), "no token outlives its key");
        world.wait(90);
        assert_eq!(exchange(&world, &key).await.unwrap_err().code, "api_key_invalid");
    })
    .await;
}

#[tokio::test]
async fn the_key_of_a_disabled_or_deleted_owner_opens_nothing() {
    on_both(async |world| {
        let admin = world.admin().await;
        for (email, end) in [("ada@example.org", Method::PATCH), ("bob@example.org", Method::DELETE)] {
            let owner = world.member(&admin, email, "user").await;
            let key = create(&world, &owner, reader()).await.expect(201).text("key");
            let call =
                world.call(end.clone(), &format!("/api/v1/users/{}", owner.id)).header("if-match", "*");
            let call = if end == Method::PATCH { call.json(json!({ "disabled": true })) } else { call };
            assert!(call.bearer(&admin.access).send().await.status.is_success());
            assert_eq!(exchange(&world, &key).await.unwrap_err().code, "api_key_invalid");
        }
    })
    .await;
}

#[tokio::test]
async fn a_forged_key_with_a_known_prefix_opens_nothing() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, reader()).await.expect(201);
        let other = create(&world, &admin, reader()).await.expect(201);
        // The secret of one key behind the prefix of another, with the right checksum.
        let (prefix, secret) = (&made.text("key")[..13], &other.text("key")[13..56]);
        let mut sum = crc32fast::Hasher::new();
        sum.update(format!("{}_{secret}", &prefix[4..12]).as_bytes());
        let mut rest = sum.finalize() as usize;
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut check = [b'0'; 6];
        for digit in check.iter_mut().rev() {
            *digit = digits[rest % 62];
            rest /= 62;
        }
        let forged = format!("{prefix}{secret}{}", String::from_utf8(check.to_vec()).unwrap());
        assert_eq!(exchange(&world, &forged).await.unwrap_err().code, "api_key_invalid");
    })
    .await;
}

#[tokio::test]
async fn the_keys_of_another_person_do_not_exist_except_for_administrators() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let bob = world.member(&admin, "bob@example.org", "user").await;
        let made = create(&world, &ada, reader()).await.expect(201);
        let path = format!("/api/v1/api-keys/{}", made.text("id"));
        world.get(&path).bearer(&bob.access).send().await.refused(404, "not_found");
        world.call(Method::DELETE, &path).bearer(&bob.access).send().await.refused(404, "not_found");
        let of_bob = world.get("/api/v1/api-keys").bearer(&bob.access).send().await.expect(200);
        assert_eq!(of_bob.body["items"], json!([]));
        world
            .get("/api/v1/api-keys?owner=all")
            .bearer(&bob.access)
            .send()
            .await
            .refused(403, "permission_denied");
        let all = world.get("/api/v1/api-keys?owner=all").bearer(&admin.access).send().await.expect(200);
        assert_eq!(all.body["items"].as_array().unwrap().len(), 1);
        world.get(&path).bearer(&admin.access).send().await.expect(200);
        world.call(Method::DELETE, &path).bearer(&admin.access).send().await.expect(204);
        assert_eq!(exchange(&world, &made.text("key")).await.unwrap_err().code, "api_key_invalid");
    })
    .await;
}

#[tokio::test]
async fn a_workers_key_says_what_it_may_claim() {
    on_both(async |world| {
        let admin = world.admin().await;
        let wish =
            json!({ "name": "worker", "grants": ["tasks:claim"], "kinds": ["fibonacci"], "queues": ["*"] });
        let made = create(&world, &admin, wish).await.expect(201);
        let kit = world.sandbox.kit("jobs");
        let client = IdentityClient::new(kit.link("identity").unwrap());
        let id = made.text("id").parse().unwrap();
        let scope = client.get_api_key_scope(&kit.ctx(), id).await.unwrap();
        assert_eq!((scope.kinds, scope.queues), (vec!["fibonacci".to_owned()], vec!["*".to_owned()]));
        world
            .call(Method::DELETE, &format!("/api/v1/api-keys/{id}"))
            .bearer(&admin.access)
            .send()
            .await
            .expect(204);
        assert_eq!(client.get_api_key_scope(&kit.ctx(), id).await.unwrap_err().kind, FaultKind::NotFound);
    })
    .await;
}
