//! The gRPC side: `products.ProductsService`, as Jobber's clients and the executor call it.

use http::{Method, Uri};
use metier_contract_products::protocol::{
    CreateProductRequest, CreateProductResponse, products_service_server,
};
use metier_core::Fault;
use metier_db::KeyedRequest;
use metier_http::Fingerprint;
use metier_rpc::{ctx, status};
use prost::Message;
use tonic::{Request, Response, Status};

use crate::{
    domain::product::{Given, NewProduct},
    ops::Products,
};

const LONGEST_KEY: usize = 128;

/// The service, ready to be mounted.
pub(crate) fn server(service: Products) -> products_service_server::ProductsServiceServer<Server> {
    products_service_server::ProductsServiceServer::new(Server(service))
}

/// Answers with the operations.
pub(crate) struct Server(Products);

#[tonic::async_trait]
impl products_service_server::ProductsService for Server {
    async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Result<Response<CreateProductResponse>, Status> {
        let ctx = ctx(&request)?.clone();
        let message = request.into_inner();
        let keyed = keyed(&message).map_err(status)?;
        let ensured = self.0.ensure_product(&ctx, &product(message), keyed).await;
        let (product, created) = ensured.map_err(status)?;
        Ok(Response::new(CreateProductResponse { id: product.id.to_string(), created }))
    }
}

fn product(message: CreateProductRequest) -> NewProduct {
    let price = match message.price_text.as_str() {
        "" => Given::Single(message.price),
        text => Given::Decimal(text.into()),
    };
    NewProduct {
        name: message.name,
        category: message.category,
        price,
        stock: message.stock.into(),
        rating: Given::Single(message.rating),
        description: message.description,
    }
}

fn keyed(message: &CreateProductRequest) -> Result<Option<KeyedRequest>, Fault> {
    let key = message.idempotency_key.clone();
    if key.is_empty() {
        return Ok(None);
    }
    if key.len() > LONGEST_KEY {
        return Err(Fault::invalid("idempotency_key", format!("must have at most {LONGEST_KEY} bytes")));
    }
    let method = Uri::from_static("/products.ProductsService/CreateProduct");
    let fingerprint = Fingerprint::of(&Method::POST, &method, &message.encode_to_vec()).to_string();
    Ok(Some(KeyedRequest { operation: "products.ensure", key, fingerprint }))
}
