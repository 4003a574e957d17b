//! The product catalogue as its peers call it.

use metier_core::Fault;
use metier_rpc::{Link, fault};
use tonic::Request;

use crate::protocol::{
    CreateProductRequest, CreateProductResponse, products_service_client::ProductsServiceClient,
};

/// Calls the products service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ProductsClient(ProductsServiceClient<Link>);

impl ProductsClient {
    /// Calls through this link: `kit.link(metier_contract_products::SERVICE)`.
    pub fn new(link: Link) -> Self {
        Self(ProductsServiceClient::new(link))
    }

    /// Adds a product, once for each idempotency key and once for each name and category.
    ///
    /// # Errors
    /// `invalid_parameters` naming the fields, `product_exists` when there is another one under the same name
    /// and category, or the service is away.
    pub async fn create_product(
        &self,
        request: Request<CreateProductRequest>,
    ) -> Result<CreateProductResponse, Fault> {
        Ok(self.0.clone().create_product(request).await.map_err(fault)?.into_inner())
    }
}
