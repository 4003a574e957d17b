//! Every change leaves an event and an audit entry; what was refused leaves none.

use serde_json::{Value, json};

use crate::world::on_both;

#[tokio::test]
async fn every_change_is_told_and_audited() {
    on_both(async |world| {
        let category = json!({ "name": "Lighting", "surcharge_percent": "1" });
        let category = world.post("/api/v1/categories", category).send().await.expect(201);
        let product = world.product(json!({})).await;
        let (category_path, path) =
            (format!("/api/v1/categories/{}", category.id()), format!("/api/v1/products/{}", product.id()));
        world.patch(&path, "*", json!({ "stock": 1 })).send().await.expect(200);
        world.patch(&path, "\"1\"", json!({ "stock": 2 })).send().await.refused(412, "stale_version");
        world.delete(&path, "*").send().await.expect(204);
        world.patch(&category_path, "*", json!({ "surcharge_percent": "2" })).send().await.expect(200);
        world.delete(&category_path, "*").send().await.expect(204);
        let events = world.events().await;
        let kinds: Vec<_> = events
            .iter()
            .map(|(kind, ..)| kind.as_str())
            .filter(|kind| *kind != "audit.entry.recorded")
            .collect();
        let expected = [
            "category.created",
            "product.created",
            "product.updated",
            "product.deleted",
            "category.updated",
            "category.deleted",
        ];
        assert_eq!(kinds, expected);
        let audited: Vec<&Value> = events
            .iter()
            .filter(|(kind, ..)| kind == "audit.entry.recorded")
            .map(|(.., data)| data)
            .collect();
        let actions: Vec<_> = audited.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, expected);
        let update = audited[2];
        assert_eq!(
            (&update["before"]["content"]["stock"], &update["after"]["content"]["stock"]),
            (&json!(12), &json!(1))
        );
        assert_eq!((&audited[1]["before"], &audited[3]["after"]), (&Value::Null, &Value::Null));
        assert!(events.iter().all(|(_, subject, _)| *subject == product.id() || *subject == category.id()));
        let told = json!({ "product_id": product.id(), "name": "Desk lamp", "category": "Furniture" });
        assert!(events.iter().any(|(kind, _, data)| kind == "product.created" && *data == told));
    })
    .await;
}
