//! Adding, changing and removing people.

use axum::http::{Method, header::LOCATION};
use serde_json::{Value, json};

use crate::world::{Answer, PASSWORD, Person, World, on_both};

async fn create(world: &World, by: &Person, body: Value) -> Answer {
    world.post("/api/v1/users", body).bearer(&by.access).send().await
}

async fn change(world: &World, by: &Person, id: &str, tag: &str, body: Value) -> Answer {
    let call = world.call(Method::PATCH, &format!("/api/v1/users/{id}")).json(body);
    call.header("if-match", tag).bearer(&by.access).send().await
}

async fn delete(world: &World, by: &Person, id: &str, tag: &str) -> Answer {
    let call = world.call(Method::DELETE, &format!("/api/v1/users/{id}"));
    call.header("if-match", tag).bearer(&by.access).send().await
}

fn ada() -> Value {
    json!({ "email": "Ada@Example.org", "password": PASSWORD, "role": "user" })
}

#[tokio::test]
async fn a_person_is_added_read_changed_and_deleted() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, ada()).await.expect(201);
        assert_eq!((made.text("display_name"), made.body["number"].as_i64()), ("Ada".into(), Some(2)));
        let path = made.headers[LOCATION].to_str().unwrap().to_owned();
        let read = world.get(&path).bearer(&admin.access).send().await.expect(200);
        assert_eq!((&read.body, read.tag()), (&made.body, made.tag()));
        let id = made.text("id");
        let body = json!({ "display_name": "Countess", "role": "operator", "extra_grants": ["users:read"] });
        let changed = change(&world, &admin, &id, &read.tag(), body).await.expect(200);
        assert_eq!(
            (changed.text("display_name"), changed.text("role")),
            ("Countess".into(), "operator".into())
        );
        assert!(changed.body["grants"].as_array().unwrap().contains(&json!("users:read")));
        change(&world, &admin, &id, &read.tag(), json!({})).await.refused(412, "stale_version");
        delete(&world, &admin, &id, &read.tag()).await.refused(412, "stale_version");
        delete(&world, &admin, &id, &changed.tag()).await.expect(204);
        world.get(&path).bearer(&admin.access).send().await.refused(404, "not_found");
        world.login("ada@example.org", PASSWORD).send().await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn an_address_belongs_to_one_person_whatever_its_case() {
    on_both(async |world| {
        let admin = world.admin().await;
        let made = create(&world, &admin, ada()).await.expect(201);
        let again = json!({ "email": "ADA@example.ORG", "password": PASSWORD, "role": "user" });
        create(&world, &admin, again).await.refused(409, "email_taken");
        let taken = json!({ "email": "ROOT@example.org" });
        change(&world, &admin, &made.text("id"), "*", taken).await.refused(409, "email_taken");
        let own = json!({ "email": "ada@EXAMPLE.org" });
        change(&world, &admin, &made.text("id"), "*", own).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_adds_one_person() {
    on_both(async |world| {
        let admin = world.admin().await;
        let send = |body: Value| {
            world.post("/api/v1/users", body).bearer(&admin.access).header("idempotency-key", "k1").send()
        };
        let (first, second) = tokio::join!(send(ada()), send(ada()));
        let (first, second) = (first.expect(201), second.expect(201));
        assert_eq!(first.text("id"), second.text("id"));
        send(ada()).await.expect(201);
        let other = json!({ "email": "b@example.org", "password": PASSWORD, "role": "user" });
        send(other).await.refused(409, "idempotency_key_reused");
        let users = world.get("/api/v1/users").bearer(&admin.access).send().await;
        assert_eq!(users.body["items"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nobody_gives_rights_they_lack_or_changes_somebody_stronger() {
    on_both(async |world| {
        let admin = world.admin().await;
        let grants = json!(["users:*", "runs:read"]);
        let role = json!({ "name": "people", "grants": grants });
        world.post("/api/v1/roles", role).bearer(&admin.access).send().await.expect(201);
        let clerk = world.member(&admin, "clerk@example.org", "people").await;
        create(&world, &clerk, ada()).await.refused(403, "grants_exceeded");
        let equal = json!({ "email": "b@example.org", "password": PASSWORD, "role": "people" });
        let equal = create(&world, &clerk, equal).await.expect(201);
        let more = json!({ "extra_grants": ["runs:submit"] });
        change(&world, &clerk, &clerk.id, "*", more.clone()).await.refused(403, "grants_exceeded");
        change(&world, &clerk, &equal.text("id"), "*", more).await.refused(403, "grants_exceeded");
        change(&world, &clerk, &admin.id, "*", json!({ "disabled": true }))
            .await
            .refused(403, "user_stronger");
        change(&world, &clerk, &admin.id, "*", json!({ "password": "taken over by me" }))
            .await
            .refused(403, "user_stronger");
        delete(&world, &clerk, &admin.id, "*").await.refused(403, "user_stronger");
        delete(&world, &clerk, &equal.text("id"), "*").await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    on_both(async |world| {
        let admin = world.admin().await;
        for body in [json!({ "disabled": true }), json!({ "role": "operator" })] {
            change(&world, &admin, &admin.id, "*", body).await.refused(409, "last_admin");
        }
        delete(&world, &admin, &admin.id, "*").await.refused(409, "last_admin");
        let second = world.member(&admin, "second@example.org", "admin").await;
        // Each removes the other at the same moment: one of them has to fail.
        let (a, b) = tokio::join!(
            change(&world, &admin, &second.id, "*", json!({ "role": "user" })),
            change(&world, &second, &admin.id, "*", json!({ "role": "user" })),
        );
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_set_by_an_administrator_ends_all_sessions() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let body = json!({ "password": "quite another one" });
        change(&world, &admin, &ada.id, "*", body).await.expect(200);
        world.refresh(&ada.refresh).await.refused(401, "refresh_token_invalid");
        world.login("ada@example.org", PASSWORD).send().await.expect(401);
        world.login("ada@example.org", "quite another one").send().await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_filtered_searched_and_walked_both_ways() {
    on_both(async |world| {
        let admin = world.admin().await;
        for name in ["ada", "bob_100%", "cleo", "dora"] {
            let email = json!({ "email": format!("{}@example.org", &name[..3]), "password": PASSWORD,
                "role": if name == "ada" { "viewer" } else { "user" }, "display_name": name });
            create(&world, &admin, email).await.expect(201);
        }
        let numbers = async |query: &str| {
            let page =
                world.get(&format!("/api/v1/users?{query}")).bearer(&admin.access).send().await.expect(200);
            let items = page.body["items"].as_array().unwrap().iter();
            (items.map(|one| one["number"].as_i64().unwrap()).collect::<Vec<_>>(), page.body["next"].clone())
        };
        assert_eq!(numbers("role=viewer").await.0, [2]);
        assert_eq!(numbers("q=CLE").await.0, [4]);
        assert_eq!(numbers("q=%25").await.0, [3], "a percent sign is only a percent sign");
        assert_eq!(numbers("q=_").await.0, [3], "and an underscore too");
        assert_eq!(numbers("disabled=true").await.0, [0_i64; 0]);
        assert_eq!(numbers("disabled=false").await.0, [1, 2, 3, 4, 5]);
        let (first, next) = numbers("limit=3").await;
        let (rest, end) = numbers(&format!("limit=3&after={}", next.as_str().unwrap())).await;
        assert_eq!((first, rest, end), (vec![1, 2, 3], vec![4, 5], Value::Null));
        let (first, next) = numbers("limit=3&sort=-number").await;
        let (rest, _) = numbers(&format!("limit=3&sort=-number&after={}", next.as_str().unwrap())).await;
        assert_eq!((first, rest), (vec![5, 4, 3], vec![2, 1]));
        for query in ["name=x", "disabled=maybe", "role=a,b", "after=%25", "limit=0"] {
            let refused = world.get(&format!("/api/v1/users?{query}")).bearer(&admin.access).send().await;
            refused.refused(400, "invalid_parameters");
        }
    })
    .await;
}

#[tokio::test]
async fn bad_input_is_refused_by_field_and_changes_nothing() {
    on_both(async |world| {
        let admin = world.admin().await;
        let field = async |part: Value| {
            let mut body = ada();
            body.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
            let refused = create(&world, &admin, body).await.refused(400, "invalid_parameters");
            refused.body["violations"][0]["field"].as_str().unwrap().to_owned()
        };
        assert_eq!(field(json!({ "email": "ada" })).await, "/email");
        assert_eq!(field(json!({ "password": "short" })).await, "/password");
        assert_eq!(field(json!({ "display_name": "a\u{0}b" })).await, "/display_name");
        assert_eq!(field(json!({ "role": "chief" })).await, "/role");
        assert_eq!(field(json!({ "extra_grants": ["runs:read", "runs"] })).await, "/extra_grants/1");
        assert_eq!(field(json!({ "extra_grants": vec!["some_resource:read"; 40] })).await, "/extra_grants");
        let users = world.get("/api/v1/users").bearer(&admin.access).send().await;
        assert_eq!(users.body["items"].as_array().unwrap().len(), 1);
        change(&world, &admin, "not-an-id", "*", json!({})).await.expect(400);
        let path = format!("/api/v1/users/{}", admin.id);
        let without = world.call(Method::PATCH, &path).json(json!({})).bearer(&admin.access).send().await;
        without.refused(428, "precondition_required");
    })
    .await;
}
