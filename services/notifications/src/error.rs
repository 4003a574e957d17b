//! Why the service refuses, by cause, and what the client hears.

use metier_core::{Fault, FaultKind};
use metier_db::{DbError, sea_orm::DbErr};

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such webhook of the caller's.
    #[error("no webhook {0}")]
    WebhookNotFound(String),
    /// No such delivery to this webhook.
    #[error("no delivery {0}")]
    DeliveryNotFound(String),
    /// The name is taken.
    #[error("there is a webhook {0:?} already")]
    WebhookExists(String),
    /// One person has so many at most.
    #[error("there are {0} webhooks already; delete one first")]
    TooMany(i64),
    /// Nothing is sent to it.
    #[error("webhook {0:?} is disabled; enable it first")]
    Disabled(String),
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
        let code = match error {
            Error::Fault(fault) => return fault,
            Error::Database(error) => return error.into(),
            Error::WebhookNotFound(id) => return Self::not_found("webhook", id),
            Error::DeliveryNotFound(id) => return Self::not_found("delivery", id),
            Error::WebhookExists(_) => "webhook_exists",
            Error::TooMany(_) => "too_many_webhooks",
            Error::Disabled(_) => "webhook_disabled",
        };
        Self::new(FaultKind::Conflict, code, error.to_string())
    }
}
