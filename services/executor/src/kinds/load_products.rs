//! `load-products`: puts one product into the catalogue.
//!
//! The task's key goes along, so that an attempt after a lost answer adds nothing again; a product that is
//! there already, with the same values, is left as it is. So a file can be loaded any number of times.

use metier_contract_products::{ProductsClient, permission::PRODUCTS_CREATE, protocol::CreateProductRequest};
use metier_worker::{Done, Handler, KindSpec, Permanent, TaskContext, TaskError};
use serde::Deserialize;
use serde_json::{Number, json};

/// Digits of a JSON number that survive the way through a floating-point number.
const EXACT_DIGITS: usize = 15;

/// The kind.
pub fn kind() -> KindSpec {
    let price = json!({
        "description": "The price before the surcharge of the category: decimal text, or a number of at most 15 digits",
        "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]{1,15}(\\.[0-9]{1,3})?$" }],
        "examples": ["19.99"],
    });
    let schema = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 255, "examples": ["Desk lamp"] },
            "category": { "type": "string", "minLength": 1, "maxLength": 255, "examples": ["Furniture"] },
            "price": price,
            "stock": { "type": "integer", "minimum": 0, "maximum": i32::MAX, "examples": [12] },
            "rating": { "type": "number", "minimum": 0, "maximum": 5, "examples": [4.5] },
            "description": { "type": "string", "maxLength": 10_000, "examples": ["Dimmable"] },
        },
        "required": ["name", "category", "price", "stock", "rating", "description"],
        "additionalProperties": false,
    });
    KindSpec::new("load-products", 1, "Puts products into the catalogue, each once")
        .parameters(schema)
        .permissions([PRODUCTS_CREATE])
}

/// One product.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    name: String,
    category: String,
    price: Price,
    stock: i32,
    rating: f32,
    description: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Price {
    Text(String),
    Number(Number),
}

impl Price {
    fn text(self) -> Result<String, Permanent> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(number) => {
                let text = number.to_string();
                if text.bytes().filter(u8::is_ascii_digit).count() > EXACT_DIGITS {
                    let message = "price has too many digits for a number; give it as text";
                    return Err(Permanent::new("invalid_parameters", message));
                }
                Ok(text)
            }
        }
    }
}

/// The handler.
pub struct LoadProducts(ProductsClient);

impl LoadProducts {
    /// Loads through this client.
    pub fn new(client: ProductsClient) -> Self {
        Self(client)
    }
}

impl Handler for LoadProducts {
    type Parameters = Parameters;

    async fn run(&self, task: TaskContext, product: Parameters) -> Result<Done, TaskError> {
        let message = CreateProductRequest {
            name: product.name,
            category: product.category,
            price: 0.0,
            stock: product.stock,
            rating: product.rating,
            description: product.description,
            price_text: product.price.text()?,
            idempotency_key: task.idempotency_key(),
        };
        let reply = self.0.create_product(task.request(message)?).await?;
        Done::with(json!({ "product_id": reply.id, "created": reply.created }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use metier_contract_products::protocol::{
        CreateProductResponse,
        products_service_server::{ProductsService, ProductsServiceServer},
    };
    use metier_core::{Fault, Secret};
    use metier_rpc::Link;
    use metier_worker::Stop;
    use serde_json::Value;
    use tonic::{Request, Response, Status};

    use super::*;
    use crate::kinds::tests::task;

    /// Keeps what it was sent, with the token shown.
    #[derive(Clone, Default)]
    struct Catalogue {
        sent: Arc<Mutex<Vec<(CreateProductRequest, String)>>>,
        fault: Option<Fault>,
    }

    #[tonic::async_trait]
    impl ProductsService for Catalogue {
        async fn create_product(
            &self,
            request: Request<CreateProductRequest>,
        ) -> Result<Response<CreateProductResponse>, Status> {
            let token = request.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
            self.sent.lock().unwrap().push((request.into_inner(), token));
            match self.fault.clone() {
                Some(fault) => Err(metier_rpc::status(fault)),
                None => Ok(Response::new(CreateProductResponse { id: "p1".to_owned(), created: true })),
            }
        }
    }

    fn parameters(price: Value) -> Parameters {
        serde_json::from_value(json!({
            "name": "Desk lamp", "category": "Furniture", "price": price, "stock": 12, "rating": 4.5,
            "description": "",
        }))
        .unwrap()
    }

    async fn load(catalogue: &Catalogue, price: Value) -> Result<Done, TaskError> {
        let link = Link::in_process(ProductsServiceServer::new(catalogue.clone()));
        let task = task(&Stop::default()).with_token(Secret::new("run-token".to_owned()));
        LoadProducts::new(ProductsClient::new(link)).run(task, parameters(price)).await
    }

    #[tokio::test]
    async fn a_product_goes_along_with_the_tasks_key_and_the_runs_token() {
        let catalogue = Catalogue::default();
        let done = load(&catalogue, json!(19.99)).await.unwrap();
        assert_eq!(done, Done::Result(json!({ "product_id": "p1", "created": true })));
        let (message, token) = catalogue.sent.lock().unwrap().pop().unwrap();
        assert_eq!((message.price_text.as_str(), token.as_str()), ("19.99", "Bearer run-token"));
        assert_eq!(message.idempotency_key, task(&Stop::default()).idempotency_key());
    }

    #[tokio::test]
    async fn without_the_runs_token_nothing_is_sent() {
        let catalogue = Catalogue::default();
        let client = ProductsClient::new(Link::in_process(ProductsServiceServer::new(catalogue.clone())));
        let refused = LoadProducts::new(client).run(task(&Stop::default()), parameters(json!("1"))).await;
        assert!(matches!(refused, Err(TaskError::Retryable(_))), "{refused:?}");
        assert!(catalogue.sent.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_catalogue_that_is_away_is_tried_again_and_one_that_refuses_is_not() {
        let away = Catalogue { fault: Some(Fault::unavailable("away")), ..Catalogue::default() };
        assert!(matches!(load(&away, json!("1")).await, Err(TaskError::Retryable(_))));
        let refuses = Catalogue { fault: Some(Fault::invalid("/price", "is wrong")), ..Catalogue::default() };
        assert!(matches!(load(&refuses, json!("1")).await, Err(TaskError::Permanent(_))));
    }

    #[tokio::test]
    async fn a_number_that_is_not_exact_is_refused() {
        let catalogue = Catalogue::default();
        let refused = load(&catalogue, json!(12_345_678_901_234.567)).await;
        assert!(matches!(refused, Err(TaskError::Permanent(_))), "{refused:?}");
        assert!(catalogue.sent.lock().unwrap().is_empty());
    }
}
