//! The REST side. It translates; [`crate::ops`] decides.

mod bodies;
mod categories;
mod products;

use metier_db::KeyedRequest;
use metier_http::{Fingerprint, IdempotencyKey};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::ops::Products;

/// Every route of the service.
pub(crate) fn router(service: Products) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(products::list, products::create))
        .routes(routes!(products::get, products::update, products::delete))
        .routes(routes!(categories::list, categories::create))
        .routes(routes!(categories::get, categories::update, categories::delete))
        .with_state(service)
}

/// A create as the database remembers it, when it came with a key.
fn keyed(
    operation: &'static str,
    key: Option<&IdempotencyKey>,
    fingerprint: Fingerprint,
) -> Option<KeyedRequest> {
    let key = key?.as_str().to_owned();
    Some(KeyedRequest { operation, key, fingerprint: fingerprint.to_string() })
}
