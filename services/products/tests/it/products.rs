//! One product: added, read, changed, deleted.

use serde_json::json;

use crate::world::{lamp, on_both, somebody};

#[tokio::test]
async fn a_product_costs_its_price_and_the_surcharge_of_its_category() {
    on_both(async |world| {
        let made = world.product(json!({})).await;
        let location = made.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(location, format!("/api/v1/products/{}", made.id()));
        let read = world.get(&location).send().await.expect(200);
        assert_eq!((read.tag(), &read.body), (made.tag(), &made.body));
        assert_eq!(read.body["base_price"], "19.99");
        assert_eq!(read.body["surcharge_percent"], "6.00");
        assert_eq!(read.body["price"], "21.19", "21.1894 rounded");
        assert_eq!((&read.body["currency"], &read.body["rating"]), (&json!("USD"), &json!("4.50")));
        assert_eq!(read.body["owner_id"], somebody().to_string());
        let unknown = world.product(json!({ "category": "Antiques", "price": 7.1 })).await;
        assert_eq!(
            (&unknown.body["price"], &unknown.body["surcharge_percent"]),
            (&json!("7.10"), &json!("0.00"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_once_within_its_category() {
    on_both(async |world| {
        world.product(json!({})).await;
        world
            .post("/api/v1/products", lamp(json!({ "stock": 1 })))
            .send()
            .await
            .refused(409, "product_exists");
        let elsewhere = world.product(json!({ "category": "Electronics" })).await;
        let path = format!("/api/v1/products/{}", elsewhere.id());
        let moved = world.patch(&path, "*", json!({ "category": "Furniture" })).send().await;
        moved.refused(409, "product_exists");
        assert_eq!(world.get(&path).send().await.body["category"], "Electronics");
    })
    .await;
}

#[tokio::test]
async fn a_create_sent_twice_under_one_key_happens_once() {
    on_both(async |world| {
        let send =
            async |body| world.post("/api/v1/products", body).header("idempotency-key", "k1").send().await;
        let first = send(lamp(json!({}))).await.expect(201);
        let path = format!("/api/v1/products/{}", first.id());
        world.patch(&path, &first.tag(), json!({ "stock": 1 })).send().await.expect(200);
        let again = send(lamp(json!({}))).await.expect(201);
        assert_eq!((&again.body, again.tag()), (&first.body, first.tag()), "the same answer as then");
        assert_eq!(again.headers["location"], first.headers["location"]);
        send(lamp(json!({ "stock": 99 }))).await.refused(409, "idempotency_key_reused");
        let all = world.get("/api/v1/products").send().await.expect(200);
        assert_eq!(all.body["items"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_many_creates_at_once_under_one_key_one_happens_and_all_are_answered_alike() {
    on_both(async |world| {
        let creates = (0..12)
            .map(|_| world.post("/api/v1/products", lamp(json!({}))).header("idempotency-key", "k1").send());
        let answers = futures::future::join_all(creates).await;
        let first = answers[0].id();
        for answer in answers {
            assert_eq!(answer.expect(201).id(), first);
        }
        let events = world.events().await;
        assert_eq!(events.iter().filter(|(kind, ..)| kind == "product.created").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_is_made_to_the_version_that_was_seen() {
    on_both(async |world| {
        let made = world.product(json!({})).await;
        let path = format!("/api/v1/products/{}", made.id());
        world
            .call(axum::http::Method::PATCH, &path)
            .json(json!({}))
            .send()
            .await
            .refused(428, "precondition_required");
        let changed = world.patch(&path, &made.tag(), json!({ "stock": 11 })).send().await.expect(200);
        assert_eq!(changed.body["stock"], 11);
        assert_ne!(changed.tag(), made.tag());
        world.patch(&path, &made.tag(), json!({ "stock": 10 })).send().await.refused(412, "stale_version");
        world.delete(&path, &made.tag()).send().await.refused(412, "stale_version");
        let read = world.get(&path).send().await.expect(200);
        assert_eq!((read.tag(), &read.body), (changed.tag(), &changed.body));
        world.delete(&path, &changed.tag()).send().await.expect(204);
        world.get(&path).send().await.refused(404, "not_found");
        world.delete(&path, "*").send().await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn of_many_changes_at_once_to_one_version_one_is_made() {
    on_both(async |world| {
        let made = world.product(json!({})).await;
        let path = format!("/api/v1/products/{}", made.id());
        let tag = made.tag();
        let changes = (1..9).map(|stock| world.patch(&path, &tag, json!({ "stock": stock })).send());
        let answers = futures::future::join_all(changes).await;
        let count = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((count(200), count(412)), (1, 7));
    })
    .await;
}

#[tokio::test]
async fn bad_input_names_every_field_and_changes_nothing() {
    on_both(async |world| {
        let cases = [
            (json!({ "name": "", "stock": -1 }), vec!["/name", "/stock"]),
            (json!({ "price": "19.999" }), vec!["/price"]),
            (json!({ "price": "-1" }), vec!["/price"]),
            (json!({ "price": 123_456_789_012_345.67 }), vec!["/price"]),
            (json!({ "price": null }), vec!["/price"]),
            (json!({ "price": "9".repeat(30) }), vec!["/price"]),
            (json!({ "rating": 5.5 }), vec!["/rating"]),
            (json!({ "stock": 2_147_483_648_u64 }), vec!["/stock"]),
            (json!({ "category": "x".repeat(256) }), vec!["/category"]),
            (json!({ "name": "nul\u{0}" }), vec!["/name"]),
            (json!({ "colour": "red" }), vec!["/colour"]),
        ];
        for (change, fields) in cases {
            let answer = world.post("/api/v1/products", lamp(change.clone())).send().await;
            assert_eq!(answer.refused(400, "invalid_parameters").fields(), fields, "{change}");
        }
        world.get("/api/v1/products/7").send().await.refused(400, "invalid_parameters");
        let all = world.get("/api/v1/products").send().await.expect(200);
        assert_eq!(all.body["items"], json!([]));
        assert_eq!(world.events().await, []);
    })
    .await;
}
