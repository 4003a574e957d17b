//! Products: what is given, what is made of it, and what a change leaves as it is.

use std::ops::RangeInclusive;

use metier_contract_products::ProductId;
use metier_core::{Fault, Money, Timestamp, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{
    currency::Currency,
    decimal::{Decimal, DecimalError, units_of_single},
    violations::Violations,
};

/// Decimals of a rating.
pub const RATING_DECIMALS: u32 = 2;
const PRICES: (RangeInclusive<i64>, &str) = (0..=1_000_000_000_000, "0 to 1000000000000 minor units");
const RATINGS: (RangeInclusive<i64>, &str) = (0..=500, "0 to 5");
const STOCKS: RangeInclusive<i64> = 0..=2_147_483_647;

/// A number as a client gave it.
#[derive(Clone, Debug)]
pub enum Given {
    /// As decimal text or JSON number.
    Decimal(Decimal),
    /// As a single-precision number.
    Single(f32),
}

impl Given {
    fn units(&self, decimals: u32) -> Result<i64, DecimalError> {
        match self {
            Self::Decimal(decimal) => decimal.units(decimals),
            Self::Single(value) => units_of_single(*value, decimals),
        }
    }
}

/// A product as a client describes it.
#[derive(Clone, Debug)]
pub struct NewProduct {
    /// See [`Content::name`].
    pub name: String,
    /// See [`Content::category`].
    pub category: String,
    /// The price before the surcharge.
    pub price: Given,
    /// See [`Content::stock`].
    pub stock: i64,
    /// See [`Content::rating`].
    pub rating: Given,
    /// See [`Content::description`].
    pub description: String,
}

/// What shall be different; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ProductChange {
    /// Another name.
    pub name: Option<String>,
    /// Another category.
    pub category: Option<String>,
    /// Another price before the surcharge.
    pub price: Option<Given>,
    /// Another stock.
    pub stock: Option<i64>,
    /// Another rating.
    pub rating: Option<Given>,
    /// Another description.
    pub description: Option<String>,
}

/// What was given of a product. Two with equal contents are the same product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its name, unique within the category.
    pub name: String,
    /// The name of its category.
    pub category: String,
    /// The price before the surcharge, in minor units.
    pub base_price: i64,
    /// The currency of both prices.
    pub currency: Currency,
    /// How many there are.
    pub stock: i64,
    /// Hundredths of a star, of five.
    pub rating: i64,
    /// What it is.
    pub description: String,
}

/// A product of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Where it is used.
    pub workspace: WorkspaceId,
    /// Who added it; nobody when the system did.
    pub owner: Option<UserId>,
    /// What was given.
    pub content: Content,
    /// Hundredths of a percent that its category added when the price was made.
    pub surcharge: i64,
    /// The price with the surcharge, in minor units.
    pub price: i64,
    /// Counts its changes.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Content {
    /// Reads a product that a client described, priced in `currency`.
    ///
    /// # Errors
    /// `invalid_parameters` with every field that is wrong.
    pub fn read(new: &NewProduct, currency: &Currency) -> Result<Self, Fault> {
        let mut violations = Violations::default();
        let content = Self {
            name: violations.text("/name", &new.name, 1..=255),
            category: violations.text("/category", &new.category, 1..=255),
            base_price: violations.units("/price", new.price.units(currency.decimals()), PRICES),
            currency: currency.clone(),
            stock: violations.whole("/stock", new.stock, STOCKS),
            rating: violations.units("/rating", new.rating.units(RATING_DECIMALS), RATINGS),
            description: violations.text("/description", &new.description, 0..=10_000),
        };
        violations.or(content)
    }

    /// The same after a change. A new price is in `currency`; one that stays keeps its own.
    ///
    /// # Errors
    /// `invalid_parameters` with every field that is wrong.
    pub fn changed(&self, change: &ProductChange, currency: &Currency) -> Result<Self, Fault> {
        let mut violations = Violations::default();
        let mut content = self.clone();
        if let Some(name) = &change.name {
            content.name = violations.text("/name", name, 1..=255);
        }
        if let Some(category) = &change.category {
            content.category = violations.text("/category", category, 1..=255);
        }
        if let Some(price) = &change.price {
            content.base_price = violations.units("/price", price.units(currency.decimals()), PRICES);
            content.currency = currency.clone();
        }
        if let Some(stock) = change.stock {
            content.stock = violations.whole("/stock", stock, STOCKS);
        }
        if let Some(rating) = &change.rating {
            content.rating = violations.units("/rating", rating.units(RATING_DECIMALS), RATINGS);
        }
        if let Some(description) = &change.description {
            content.description = violations.text("/description", description, 0..=10_000);
        }
        violations.or(content)
    }

    /// The price with this surcharge.
    ///
    /// # Errors
    /// `invalid_parameters` when it does not fit.
    pub fn price(&self, surcharge: i64) -> Result<i64, Fault> {
        Money::surcharge(self.base_price, surcharge)
            .map_err(|error| Fault::invalid("/price", "is too large with the surcharge").caused_by(error))
    }

    /// Whether a price made for `self` stands for `other` too.
    pub fn is_priced_like(&self, other: &Self) -> bool {
        (self.base_price, &self.currency, &self.category)
            == (other.base_price, &other.currency, &other.category)
    }
}

impl Product {
    /// The same with other contents. The surcharge is taken only when the price has to be made anew.
    ///
    /// # Errors
    /// `invalid_parameters` when the price does not fit.
    pub fn with(&self, content: Content, surcharge: i64, now: Timestamp) -> Result<Self, Fault> {
        let surcharge = if self.content.is_priced_like(&content) { self.surcharge } else { surcharge };
        let price = content.price(surcharge)?;
        Ok(Self { content, surcharge, price, version: self.version + 1, updated_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lamp() -> NewProduct {
        NewProduct {
            name: " Lamp ".to_owned(),
            category: "Furniture".to_owned(),
            price: Given::Decimal("19.99".into()),
            stock: 3,
            rating: Given::Single(4.5),
            description: String::new(),
        }
    }

    #[test]
    fn a_product_is_read_exactly() {
        let content = Content::read(&lamp(), &Currency::default()).unwrap();
        assert_eq!((content.name.as_str(), content.base_price, content.rating), ("Lamp", 1_999, 450));
        assert_eq!(content.price(525).unwrap(), 2_104);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let wrong = NewProduct {
            name: " ".to_owned(),
            category: "a\u{0}b".to_owned(),
            price: Given::Decimal("-1".into()),
            stock: -1,
            rating: Given::Decimal("5.01".into()),
            description: "x".repeat(10_001),
        };
        let fault = Content::read(&wrong, &Currency::default()).unwrap_err();
        let fields: Vec<_> = fault.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["/name", "/category", "/price", "/stock", "/rating", "/description"]);
    }

    #[test]
    fn a_change_of_the_stock_leaves_the_price_alone() {
        let content = Content::read(&lamp(), &Currency::default()).unwrap();
        let product = Product {
            id: ProductId::from_uuid(uuid::Uuid::nil()),
            workspace: WorkspaceId::DEFAULT,
            owner: None,
            surcharge: 500,
            price: content.price(500).unwrap(),
            content,
            version: 1,
            created_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
        };
        let change = |change: ProductChange| {
            let content = product.content.changed(&change, &Currency::default()).unwrap();
            product.with(content, 900, Timestamp::EPOCH).unwrap()
        };
        let restocked = change(ProductChange { stock: Some(9), ..ProductChange::default() });
        assert_eq!((restocked.surcharge, restocked.price, restocked.version), (500, product.price, 2));
        let repriced =
            change(ProductChange { price: Some(Given::Decimal("10".into())), ..ProductChange::default() });
        assert_eq!((repriced.surcharge, repriced.price), (900, 1_090));
    }
}
