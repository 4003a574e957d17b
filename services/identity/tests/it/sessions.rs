//! Signing out, and looking after one's devices.

use axum::http::Method;
use serde_json::json;

use crate::world::on_both;

#[tokio::test]
async fn signing_out_ends_this_session_only() {
    on_both(async |world| {
        let admin = world.admin().await;
        let other = world.person("root@example.org").await;
        let logout = || world.call(Method::POST, "/api/v1/auth/logout");
        logout().bearer(&admin.access).send().await.expect(204);
        logout().bearer(&admin.access).send().await.expect(204);
        world.refresh(&admin.refresh).await.refused(401, "refresh_token_invalid");
        let next = world.refresh(&other.refresh).await.expect(200);
        let body = json!({ "refresh_token": next.text("refresh_token") });
        world.post("/api/v1/auth/logout", body).send().await.expect(204);
        world.refresh(&next.text("refresh_token")).await.refused(401, "refresh_token_invalid");
        world.post("/api/v1/auth/logout", json!({ "refresh_token": "mrt_x" })).send().await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn one_sees_and_ends_ones_own_sessions() {
    on_both(async |world| {
        let admin = world.admin().await;
        let body =
            json!({ "email": "root@example.org", "password": crate::world::PASSWORD, "device": "phone" });
        let phone = world.post("/api/v1/auth/login", body).send().await.expect(200);
        let list = || world.get("/api/v1/auth/sessions").bearer(&admin.access).send();
        let listed = list().await.expect(200);
        let items = listed.body["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!((&items[0]["current"], &items[1]["device"]), (&json!(true), &json!("phone")));
        let path = format!("/api/v1/auth/sessions/{}", phone.text("session_id"));
        let end = || world.call(Method::DELETE, &path).bearer(&admin.access).send();
        end().await.expect(204);
        end().await.refused(404, "not_found");
        assert_eq!(list().await.body["items"].as_array().unwrap().len(), 1);
        world.refresh(&phone.text("refresh_token")).await.refused(401, "refresh_token_invalid");
    })
    .await;
}

#[tokio::test]
async fn the_session_of_another_person_does_not_exist() {
    on_both(async |world| {
        let admin = world.admin().await;
        let ada = world.member(&admin, "ada@example.org", "user").await;
        let end = |session: &str, token: &str| {
            world.call(Method::DELETE, &format!("/api/v1/auth/sessions/{session}")).bearer(token).send()
        };
        end(&admin.session, &ada.access).await.refused(404, "not_found");
        end(&ada.session, &admin.access).await.refused(404, "not_found");
        world.refresh(&ada.refresh).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_walked_page_by_page() {
    on_both(async |world| {
        let admin = world.admin().await;
        for _ in 0..4 {
            world.person("root@example.org").await;
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/auth/sessions?limit=2{after}");
            let page = world.get(&path).bearer(&admin.access).send().await.expect(200);
            seen.extend(page.body["items"].as_array().unwrap().iter().map(|one| one["id"].clone()));
            let Some(next) = page.body["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        let distinct: std::collections::BTreeSet<String> = seen.iter().map(ToString::to_string).collect();
        assert_eq!((seen.len(), distinct.len()), (5, 5));
    })
    .await;
}
