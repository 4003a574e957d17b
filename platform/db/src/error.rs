//! What can go wrong between a service and its database.

use metier_core::{Fault, FaultKind};
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Whether the statement broke a UNIQUE rule: somebody else was first.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the connection was lost or the server is going away: the statement may be sent again, elsewhere or later.
pub fn is_connection_lost(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_)) {
        return true;
    }
    match cause(error) {
        // PostgreSQL's classes "operator intervention: shutdown" and "connection exception".
        Some(sqlx::Error::Database(cause)) => {
            cause.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"))
        }
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => true,
        _ => false,
    }
}

/// Whether a text holds the one character that PostgreSQL cannot keep.
fn holds_nul(error: &DbErr) -> bool {
    matches!(cause(error), Some(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("22021"))
}

fn cause(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// A database failure, by cause.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database cannot be opened.
    #[error("cannot open the database of {service}")]
    Open {
        /// Whose database.
        service: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A migration failed or does not match what was applied before.
    #[error("cannot migrate the database of {service}")]
    Migrate {
        /// Whose database.
        service: &'static str,
        /// Why.
        #[source]
        source: sqlx::migrate::MigrateError,
    },
    /// The schema was written by a newer Metier.
    #[error("the database of {service} has schema {found}, newer than this build knows: run a newer metier")]
    NewerSchema {
        /// Whose database.
        service: &'static str,
        /// The migration this build lacks.
        found: i64,
    },
    /// A statement failed.
    #[error("a statement failed")]
    Query(#[from] DbErr),
    /// The shared transaction could not be committed: nothing of it was kept.
    #[error("the transaction could not be committed: {0}")]
    Commit(String),
    /// A write held the database longer than allowed and was rolled back.
    #[error("a write took longer than {0:?} and was rolled back")]
    TooSlow(std::time::Duration),
    /// A write's code panicked and was rolled back.
    #[error("a write panicked and was rolled back")]
    Panicked,
    /// Another request with the same idempotency key was faster.
    #[error("a request with the same idempotency key is at work")]
    Repeated,
    /// The database was closed.
    #[error("the database is closed")]
    Closed,
}

impl From<DbError> for Fault {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Repeated => Self::request_in_progress(),
            DbError::Query(cause) if is_connection_lost(cause) => {
                Self::unavailable("the connection to the database was lost").caused_by(error)
            }
            DbError::Query(cause) if holds_nul(cause) => {
                let message = "a text holds the character NUL (U+0000), which cannot be kept";
                Self::new(FaultKind::Invalid, "nul_character", message).caused_by(error)
            }
            DbError::Query(DbErr::Conn(_))
            | DbError::Open { .. }
            | DbError::Commit(_)
            | DbError::TooSlow(_)
            | DbError::Closed => Self::unavailable("the database is not available").caused_by(error),
            _ => Self::internal(error),
        }
    }
}
