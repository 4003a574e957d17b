//! Products loaded over gRPC: in Jobber's shape, exactly, and as often as one likes.

use metier_contract_products::protocol::CreateProductRequest;
use metier_core::{FaultKind, Secret};
use serde_json::json;
use tonic::Request;

use crate::world::{World, on_both};

fn lamp() -> CreateProductRequest {
    CreateProductRequest {
        name: "Desk lamp".to_owned(),
        category: "Electronics".to_owned(),
        price: 19.99,
        stock: 3,
        rating: 4.3,
        description: "Dimmable".to_owned(),
        ..CreateProductRequest::default()
    }
}

async fn count(world: &World) -> usize {
    let all = world.get("/api/v1/products").send().await.expect(200);
    all.body["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_product_in_jobbers_shape_is_taken_exactly() {
    on_both(async |world| {
        let client = world.rpc(world.token(&["products:create"]));
        let reply = client.create_product(Request::new(lamp())).await.unwrap();
        assert!(reply.created);
        let read = world.get(&format!("/api/v1/products/{}", reply.id)).send().await.expect(200);
        assert_eq!((&read.body["base_price"], &read.body["price"]), (&json!("19.99"), &json!("20.99")));
        assert_eq!((&read.body["rating"], &read.body["stock"]), (&json!("4.30"), &json!(3)));
    })
    .await;
}

#[tokio::test]
async fn loading_twice_changes_nothing() {
    on_both(async |world| {
        let client = world.rpc(world.token(&["products:create"]));
        let load = async |key: &str| {
            let message = CreateProductRequest { idempotency_key: key.to_owned(), ..lamp() };
            client.create_product(Request::new(message)).await.unwrap()
        };
        let first = load("run-1-0").await;
        let events = world.events().await.len();
        let (retried, loaded_again) = (load("run-1-0").await, load("run-2-0").await);
        assert_eq!(retried, first, "the same task is answered alike");
        assert_eq!((loaded_again.id.as_str(), loaded_again.created), (first.id.as_str(), false));
        assert_eq!((count(&world).await, world.events().await.len()), (1, events));
    })
    .await;
}

#[tokio::test]
async fn of_many_loads_at_once_one_adds_the_product() {
    on_both(async |world| {
        let client = world.rpc(world.token(&["products:create"]));
        let loads = (0..16).map(|number| {
            let idempotency_key = format!("run-{number}-0");
            client.create_product(Request::new(CreateProductRequest { idempotency_key, ..lamp() }))
        });
        let replies = futures::future::try_join_all(loads).await.unwrap();
        assert_eq!(replies.iter().filter(|reply| reply.created).count(), 1);
        assert!(replies.iter().all(|reply| reply.id == replies[0].id));
        assert_eq!(count(&world).await, 1);
    })
    .await;
}

#[tokio::test]
async fn another_product_of_that_name_is_left_as_it_is() {
    on_both(async |world| {
        let client = world.rpc(world.token(&["products:create"]));
        let first = client.create_product(Request::new(lamp())).await.unwrap();
        let other = CreateProductRequest { stock: 4, ..lamp() };
        let fault = client.create_product(Request::new(other)).await.unwrap_err();
        assert_eq!((fault.kind, &*fault.code), (FaultKind::Conflict, "product_exists"));
        let read = world.get(&format!("/api/v1/products/{}", first.id)).send().await.expect(200);
        assert_eq!(read.body["stock"], 3);
    })
    .await;
}

#[tokio::test]
async fn a_price_that_is_not_exact_is_refused_and_its_text_is_taken() {
    on_both(async |world| {
        let client = world.rpc(world.token(&["products:create"]));
        let doubtful = CreateProductRequest { price: 1_234_567.9, ..lamp() };
        let fault = client.create_product(Request::new(doubtful.clone())).await.unwrap_err();
        assert_eq!(fault.violations[0].field, "/price");
        let exact = CreateProductRequest { price_text: "1234567.89".to_owned(), ..doubtful };
        let reply = client.create_product(Request::new(exact)).await.unwrap();
        let read = world.get(&format!("/api/v1/products/{}", reply.id)).send().await.expect(200);
        assert_eq!(read.body["base_price"], "1234567.89");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_add_products_is_refused() {
    on_both(async |world| {
        let reader = world.rpc(world.token(&["products:read"]));
        let fault = reader.create_product(Request::new(lamp())).await.unwrap_err();
        assert_eq!((fault.kind, &*fault.code), (FaultKind::Forbidden, "permission_denied"));
        let stranger = world.rpc(Secret::new("not a token".to_owned()));
        let fault = stranger.create_product(Request::new(lamp())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unauthenticated);
        assert_eq!(count(&world).await, 0);
    })
    .await;
}
