//! Why the products service refuses, by cause, and what the client hears.

use metier_contract_products::{CategoryId, ProductId};
use metier_core::{Fault, FaultKind};
use metier_db::{DbError, sea_orm::DbErr};

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such product in this workspace.
    #[error("no product {0}")]
    ProductNotFound(ProductId),
    /// No such category in this workspace.
    #[error("no category {0}")]
    CategoryNotFound(CategoryId),
    /// The name is taken within the category.
    #[error("there is another product {name:?} in category {category:?}")]
    ProductExists {
        /// Its name.
        name: String,
        /// Its category.
        category: String,
    },
    /// The name is taken.
    #[error("there is a category {0:?} already")]
    CategoryExists(String),
    /// Products name it.
    #[error("there are products in category {0:?}; move or delete them first")]
    CategoryInUse(String),
    /// A fault that says everything itself.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (kind, code) = match error {
            Error::Fault(fault) => return fault,
            Error::Database(error) => return error.into(),
            Error::ProductNotFound(id) => return Self::not_found("product", id),
            Error::CategoryNotFound(id) => return Self::not_found("category", id),
            Error::ProductExists { .. } => (FaultKind::Conflict, "product_exists"),
            Error::CategoryExists(_) => (FaultKind::Conflict, "category_exists"),
            Error::CategoryInUse(_) => (FaultKind::Conflict, "category_in_use"),
        };
        Self::new(kind, code, error.to_string())
    }
}
