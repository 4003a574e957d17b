//! What products and categories are, and how a price is made. Knows no database and no network.

pub mod category;
pub mod currency;
pub mod decimal;
pub mod product;
mod violations;
