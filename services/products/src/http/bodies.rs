//! Products and categories as JSON.

use metier_contract_products::{CategoryId, ProductId};
use metier_core::{Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    category::{Category, SURCHARGE_DECIMALS},
    decimal::show,
    product::{Product, RATING_DECIMALS},
};

/// A product.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub(super) struct ProductBody {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: ProductId,
    /// Its name, unique within the category.
    #[schema(example = "Desk lamp")]
    name: String,
    /// The name of its category.
    #[schema(example = "Furniture")]
    category: String,
    /// The price before the surcharge, as exact decimal text.
    #[schema(example = "19.99")]
    base_price: String,
    /// What the category added, in percent.
    #[schema(example = "6.00")]
    surcharge_percent: String,
    /// The price with the surcharge.
    #[schema(example = "21.19")]
    price: String,
    /// The currency of both, as ISO 4217 calls it.
    #[schema(example = "USD")]
    currency: String,
    /// How many there are.
    #[schema(example = 12)]
    stock: i64,
    /// 0 to 5 stars.
    #[schema(example = "4.50")]
    rating: String,
    /// What it is.
    #[schema(example = "Dimmable, with two joints")]
    description: String,
    /// Who added it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    owner_id: Option<UserId>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        let content = product.content;
        let decimals = content.currency.decimals();
        Self {
            id: product.id,
            name: content.name,
            category: content.category,
            base_price: show(content.base_price, decimals),
            surcharge_percent: show(product.surcharge, SURCHARGE_DECIMALS),
            price: show(product.price, decimals),
            currency: content.currency.into(),
            stock: content.stock,
            rating: show(content.rating, RATING_DECIMALS),
            description: content.description,
            owner_id: product.owner,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// A category.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(super) struct CategoryBody {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: CategoryId,
    /// Its name.
    #[schema(example = "Furniture")]
    name: String,
    /// What it adds to the price of a product, in percent.
    #[schema(example = "6.00")]
    surcharge_percent: String,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Category> for CategoryBody {
    fn from(category: Category) -> Self {
        Self {
            id: category.id,
            name: category.name,
            surcharge_percent: show(category.surcharge, SURCHARGE_DECIMALS),
            created_at: category.created_at,
            updated_at: category.updated_at,
        }
    }
}
