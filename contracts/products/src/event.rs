//! The facts the products service publishes.

use serde::{Deserialize, Serialize};

use crate::{CategoryId, ProductId};

/// Events about products; the subject is the product's id.
pub const TOPIC_PRODUCT: &str = "product";
/// Events about categories; the subject is the category's id.
pub const TOPIC_CATEGORY: &str = "category";

/// A product was added. Data: [`ProductEvent`].
pub const PRODUCT_CREATED: &str = "product.created";
/// A product was changed. Data: [`ProductEvent`].
pub const PRODUCT_UPDATED: &str = "product.updated";
/// A product was deleted. Data: [`ProductEvent`].
pub const PRODUCT_DELETED: &str = "product.deleted";
/// A category was added. Data: [`CategoryEvent`].
pub const CATEGORY_CREATED: &str = "category.created";
/// A category was changed; prices made before stay. Data: [`CategoryEvent`].
pub const CATEGORY_UPDATED: &str = "category.updated";
/// A category was deleted. Data: [`CategoryEvent`].
pub const CATEGORY_DELETED: &str = "category.deleted";

/// What an event about a product tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductEvent {
    /// Which.
    pub product_id: ProductId,
    /// Its name.
    pub name: String,
    /// The name of its category.
    pub category: String,
}

/// What an event about a category tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryEvent {
    /// Which.
    pub category_id: CategoryId,
    /// Its name.
    pub name: String,
}
