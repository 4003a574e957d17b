//! Lists: filtered, sorted, walked page by page.

use serde_json::{Value, json};

use crate::world::{World, on_both};

/// All names of a list, walked in pages of three.
async fn walk(world: &World, query: &str) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/api/v1/products?limit=3&{query}{after}")).send().await.expect(200);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page.body.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={next}"),
            None => return names,
        }
    }
}

async fn fill(world: &World) {
    let products = [
        ("b", "Grocery", 30, 0),
        ("a", "Grocery", 10, 4),
        ("d", "Apparel", 10, 1),
        ("Ä", "Apparel", 20, 0),
        ("c", "Apparel", 10, 2),
        ("B", "Grocery", 10, 9),
        ("e, f", "Grocery", 5, 1),
    ];
    for (name, category, price, stock) in products {
        world.product(json!({ "name": name, "category": category, "price": price, "stock": stock })).await;
    }
}

#[tokio::test]
async fn every_order_shows_each_product_once() {
    on_both(async |world| {
        fill(&world).await;
        let by_name = ["B", "a", "b", "c", "d", "e, f", "Ä"];
        assert_eq!(walk(&world, "").await, by_name);
        let mut reversed = by_name;
        reversed.reverse();
        assert_eq!(walk(&world, "sort=-name").await, reversed);
        assert_eq!(walk(&world, "sort=created_at").await, ["b", "a", "d", "Ä", "c", "B", "e, f"]);
        let by_price = walk(&world, "sort=price").await;
        assert_eq!((by_price[0].as_str(), by_price[5].as_str(), by_price[6].as_str()), ("e, f", "Ä", "b"));
        let mut back = walk(&world, "sort=-price").await;
        back.reverse();
        assert_eq!(back, by_price);
    })
    .await;
}

#[tokio::test]
async fn filters_narrow_the_list() {
    on_both(async |world| {
        fill(&world).await;
        assert_eq!(walk(&world, "category=Apparel").await, ["c", "d", "Ä"]);
        assert_eq!(walk(&world, "category=Apparel,Grocery&in_stock=false").await, ["b", "Ä"]);
        assert_eq!(walk(&world, "in_stock=true&category=Grocery&sort=price").await, ["e, f", "a", "B"]);
        assert_eq!(walk(&world, "name=a,B,nothing").await, ["B", "a"]);
        assert_eq!(walk(&world, "category=Home%20%26%20Kitchen").await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_the_list_does_not_offer_is_refused() {
    on_both(async |world| {
        fill(&world).await;
        for (query, field) in [
            ("colour=red", "colour"),
            ("sort=stock", "sort"),
            ("limit=0", "limit"),
            ("limit=501", "limit"),
            ("in_stock=maybe", "in_stock"),
            ("after=nonsense", "after"),
        ] {
            let answer = world.get(&format!("/api/v1/products?{query}")).send().await;
            assert_eq!(answer.refused(400, "invalid_parameters").fields(), [field], "{query}");
        }
        let page = world.get("/api/v1/products?limit=1").send().await.expect(200);
        let next = page.body["next"].as_str().unwrap();
        let other_order = world.get(&format!("/api/v1/products?sort=price&after={next}")).send().await;
        assert_eq!(other_order.refused(400, "invalid_parameters").fields(), ["after"]);
    })
    .await;
}
