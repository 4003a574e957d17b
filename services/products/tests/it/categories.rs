//! Categories, and what they do to prices.

use serde_json::json;

use crate::world::on_both;

#[tokio::test]
async fn a_workspace_starts_with_nine_categories() {
    on_both(async |world| {
        let list = world.get("/api/v1/categories").send().await.expect(200);
        let items = list.body["items"].as_array().unwrap();
        let shown: Vec<_> = items
            .iter()
            .map(|item| (item["name"].as_str().unwrap(), item["surcharge_percent"].as_str().unwrap()))
            .collect();
        let expected = [
            ("Apparel", "3.00"),
            ("Electronics", "5.00"),
            ("Furniture", "6.00"),
            ("Grocery", "2.00"),
            ("Health & Beauty", "3.00"),
            ("Home & Kitchen", "4.00"),
            ("Office Supplies", "4.00"),
            ("Sports & Outdoors", "4.00"),
            ("Toys & Games", "3.00"),
        ];
        assert_eq!(shown, expected);
        let first = world.get("/api/v1/categories?limit=5").send().await.expect(200);
        let next = first.body["next"].as_str().unwrap();
        let second = world.get(&format!("/api/v1/categories?limit=5&after={next}")).send().await.expect(200);
        assert_eq!(second.body["items"].as_array().unwrap()[..], items[5..]);
        assert_eq!(second.body.get("next"), None);
    })
    .await;
}

#[tokio::test]
async fn a_changed_surcharge_counts_for_prices_made_from_then_on() {
    on_both(async |world| {
        let body = json!({ "name": "Lighting", "surcharge_percent": "5.25" });
        let category = world.post("/api/v1/categories", body).send().await.expect(201);
        let before = world.product(json!({ "category": "Lighting", "price": "100" })).await;
        assert_eq!(before.body["price"], "105.25");
        let path = format!("/api/v1/categories/{}", category.id());
        let changed =
            world.patch(&path, &category.tag(), json!({ "surcharge_percent": 10 })).send().await.expect(200);
        assert_eq!(changed.body["surcharge_percent"], "10.00");
        world
            .patch(&path, &category.tag(), json!({ "surcharge_percent": 11 }))
            .send()
            .await
            .refused(412, "stale_version");
        let product = format!("/api/v1/products/{}", before.id());
        let restocked = world.patch(&product, "*", json!({ "stock": 1 })).send().await.expect(200);
        assert_eq!(restocked.body["price"], "105.25", "the price was not touched");
        let repriced = world.patch(&product, "*", json!({ "price": "200" })).send().await.expect(200);
        assert_eq!(repriced.body["price"], "220.00");
    })
    .await;
}

#[tokio::test]
async fn a_category_goes_when_no_product_names_it() {
    on_both(async |world| {
        let body = json!({ "name": "Lighting", "surcharge_percent": "0" });
        let category = world.post("/api/v1/categories", body.clone()).send().await.expect(201);
        world.post("/api/v1/categories", body).send().await.refused(409, "category_exists");
        let product = world.product(json!({ "category": "Lighting" })).await;
        let path = format!("/api/v1/categories/{}", category.id());
        world.delete(&path, "*").send().await.refused(409, "category_in_use");
        let product = format!("/api/v1/products/{}", product.id());
        world.delete(&product, "*").send().await.expect(204);
        world.delete(&path, &category.tag()).send().await.expect(204);
        world.get(&path).send().await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_category_sent_twice_under_one_key_is_made_once() {
    on_both(async |world| {
        let body = json!({ "name": "Lighting", "surcharge_percent": "1" });
        let send = || world.post("/api/v1/categories", body.clone()).header("idempotency-key", "k1").send();
        let (first, again) = (send().await.expect(201), send().await.expect(201));
        assert_eq!(first.body, again.body);
    })
    .await;
}

#[tokio::test]
async fn an_impossible_surcharge_is_refused() {
    on_both(async |world| {
        for percent in [json!("5.255"), json!("-1"), json!("1000.01"), json!("five"), json!(null)] {
            let body = json!({ "name": "Lighting", "surcharge_percent": percent });
            let answer = world.post("/api/v1/categories", body).send().await;
            assert_eq!(
                answer.refused(400, "invalid_parameters").fields(),
                ["/surcharge_percent"],
                "{percent}"
            );
        }
    })
    .await;
}
