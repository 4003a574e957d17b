//! Every endpoint as every kind of caller, driven by the OpenAPI document.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::Method;
use metier_core::{Grants, Role};
use metier_testkit::authorization::{Endpoint, Table, endpoints, walk};
use serde_json::json;

use crate::world::{World, on_both, somebody};

/// `key` has rights to other things only; `forged` shows a token that nobody signed.
const TABLE: &str = "
                                   anonymous forged  key viewer user operator admin
    GET    /api/v1/products        sign_in   sign_in no  yes    yes  yes      yes
    POST   /api/v1/products        sign_in   sign_in no  no     yes  yes      yes
    GET    /api/v1/products/{id}   sign_in   sign_in no  yes    yes  yes      yes
    PATCH  /api/v1/products/{id}   sign_in   sign_in no  no     no   yes      yes
    DELETE /api/v1/products/{id}   sign_in   sign_in no  no     no   yes      yes
    GET    /api/v1/categories      sign_in   sign_in no  yes    yes  yes      yes
    POST   /api/v1/categories      sign_in   sign_in no  no     no   yes      yes
    GET    /api/v1/categories/{id} sign_in   sign_in no  yes    yes  yes      yes
    PATCH  /api/v1/categories/{id} sign_in   sign_in no  no     no   yes      yes
    DELETE /api/v1/categories/{id} sign_in   sign_in no  no     no   yes      yes
";

fn token(world: &World, actor: &str) -> Option<String> {
    let grants = match actor {
        "anonymous" => return None,
        "forged" => return Some("eyJhbGciOiJub25lIn0.e30.".to_owned()),
        "key" => Grants::parse(["runs:*"]).unwrap(),
        role => role.parse::<Role>().unwrap().grants(),
    };
    Some(world.sandbox.token(somebody(), grants).unwrap().expose().clone())
}

/// What the path names, made for this call.
async fn named(world: &World, endpoint: &Endpoint, number: u32) -> Vec<(&'static str, String)> {
    let name = format!("target {number}");
    let id = match endpoint.path.as_str() {
        "/api/v1/products/{id}" => world.product(json!({ "name": name })).await.id(),
        "/api/v1/categories/{id}" => {
            let body = json!({ "name": name, "surcharge_percent": "1" });
            world.post("/api/v1/categories", body).send().await.expect(201).id()
        }
        _ => return Vec::new(),
    };
    vec![("id", id)]
}

#[tokio::test]
async fn every_endpoint_answers_every_caller_as_the_table_says() {
    on_both(async |world| {
        let document = world.get("/openapi.json").send().await.expect(200).body;
        let made = AtomicU32::new(0);
        walk(&endpoints(&document), &Table::parse(TABLE), async |endpoint, actor| {
            let number = made.fetch_add(1, Ordering::Relaxed);
            let path = endpoint.filled(&named(&world, endpoint, number).await);
            let mut call = world.anonymous(Method::from_bytes(endpoint.method.as_bytes()).unwrap(), &path);
            if let Some(mut body) = endpoint.body.clone() {
                if endpoint.method == "POST" {
                    body["name"] = json!(format!("new {number}"));
                }
                call = call.json(body);
            }
            if let Some(token) = token(&world, actor) {
                call = call.header("authorization", &format!("Bearer {token}"));
            }
            if endpoint.headers.iter().any(|name| name == "if-match") {
                call = call.header("if-match", "*");
            }
            call.send().await.status.as_u16()
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn another_workspace_sees_nothing_of_this_one() {
    on_both(async |world| {
        let product = world.product(json!({})).await;
        let path = format!("/api/v1/products/{}", product.id());
        let stranger = world.stranger();
        let ask = |method, path: &str| world.anonymous(method, path).header("authorization", &stranger);
        ask(Method::GET, &path).send().await.refused(404, "not_found");
        ask(Method::DELETE, &path).header("if-match", "*").send().await.refused(404, "not_found");
        let patched =
            ask(Method::PATCH, &path).header("if-match", "*").json(json!({ "stock": 0 })).send().await;
        patched.refused(404, "not_found");
        let list = ask(Method::GET, "/api/v1/products").send().await.expect(200);
        assert_eq!(list.body["items"], json!([]));
        let same_name =
            ask(Method::POST, "/api/v1/products").json(crate::world::lamp(json!({}))).send().await;
        same_name.expect(201);
    })
    .await;
}
