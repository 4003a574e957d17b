//! What somebody decides about their webhooks.

use axum::http::Method;
use metier_harness::Topology;
use serde_json::json;

use crate::{
    receiver::Receiver,
    world::{World, on_both, person, wish},
};

#[tokio::test]
async fn a_webhook_is_made_shown_changed_and_deleted_and_its_secret_is_shown_once() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        let made = world.post("webhooks", Some(wish("deploys", &receiver, &["run"]))).await.expect(201);
        assert!(made.body["secret"].as_str().unwrap().starts_with("whsec_"));
        world.post("webhooks", Some(wish("deploys", &receiver, &[]))).await.refused(409, "webhook_exists");
        let id = made.body["id"].as_str().unwrap();
        let shown = world.get(&format!("webhooks/{id}")).await;
        assert_eq!((&shown["name"], &shown["enabled"]), (&json!("deploys"), &json!(true)));
        assert!(shown.get("secret").is_none());
        let mut other = wish("releases", &receiver, &["source"]);
        other["enabled"] = json!(false);
        let changed = world.send(Method::PUT, "webhooks/deploys", Some(other)).await.expect(200).body;
        assert_eq!(
            (&changed["id"], &changed["version"], &changed["disabled_reason"]),
            (&json!(id), &json!(2), &json!("its owner disabled it"))
        );
        world.post("webhooks/releases/test", None).await.refused(409, "webhook_disabled");
        assert_eq!(world.get("webhooks").await["items"].as_array().unwrap().len(), 1);
        world.send(Method::DELETE, "webhooks/releases", None).await.expect(204);
        world.send(Method::GET, "webhooks/releases", None).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn nobody_sees_the_webhooks_of_others_not_even_an_administrator() {
    on_both(async |world| {
        let receiver = Receiver::start().await;
        world.webhook("deploys", &receiver, &[]).await;
        let other = (person(2), ["*:*"].as_slice());
        world.send_as(other, (Method::GET, "webhooks/deploys", None)).await.refused(404, "not_found");
        world.send_as(other, (Method::DELETE, "webhooks/deploys", None)).await.refused(404, "not_found");
        let path = "webhooks/deploys/deliveries";
        world.send_as(other, (Method::GET, path, None)).await.refused(404, "not_found");
        let reader = (person(1), ["webhooks:read"].as_slice());
        world
            .send_as(reader, (Method::POST, "webhooks/deploys/test", None))
            .await
            .refused(403, "permission_denied");
    })
    .await;
}

#[tokio::test]
async fn wrong_wishes_are_refused_and_change_nothing() {
    on_both(async |world| {
        for (field, value) in [
            ("name", json!("two words")),
            ("url", json!("ftp://example.org")),
            ("url", json!("http://10.0.0.1/")),
            ("url", json!("http://[::1]/")),
            ("url", json!("http://169.254.169.254/latest/meta-data")),
            ("types", json!(["Run Failed"])),
        ] {
            let mut body = json!({ "name": "deploys", "url": "https://example.org", "types": [] });
            body[field] = value;
            let refused = world.post("webhooks", Some(body)).await.refused(400, "invalid_parameters");
            assert_eq!(refused.body["violations"][0]["field"], format!("/{field}"));
        }
        assert_eq!(world.get("webhooks").await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn without_the_operators_word_this_machine_is_out_of_reach() {
    let world = World::on(Topology::AllInOneSqlite, None, &[]).await;
    let receiver = Receiver::start().await;
    let wished = wish("deploys", &receiver, &[]);
    world.post("webhooks", Some(wished)).await.refused(400, "invalid_parameters");
    // A name is looked at when it is resolved.
    let url = format!("http://localhost:{}/", receiver.address.port());
    world.post("webhooks", Some(json!({ "name": "deploys", "url": url }))).await.expect(201);
    world.post("webhooks/deploys/test", None).await.expect(200);
    let tried = world.delivery("deploys", |delivery| delivery["attempts"][0].is_object()).await;
    let error = "its name leads to no address that may be connected to";
    assert_eq!(tried["attempts"][0]["error"], error);
    receiver.received(0).await;
}
