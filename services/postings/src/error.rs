//! What can go wrong with postings and sources, by cause.

use metier_core::{Fault, FaultKind};
use metier_db::DbError;
use sea_orm::DbErr;

use crate::{domain::dialect::Refusal, search::SearchError};

/// A postings error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such source.
    #[error("no source {0}")]
    NoSource(String),
    /// The name is taken.
    #[error("there is a source {0} already")]
    SourceTaken(String),
    /// There is no such posting.
    #[error("no posting {0}")]
    NoPosting(String),
    /// The posting was never merged with another.
    #[error("posting {0} is not merged with another")]
    NotMerged(String),
    /// The source cannot be reached or broke off.
    #[error("source {source_name} could not be read: {why}")]
    Unreachable {
        /// Which source.
        source_name: String,
        /// What happened.
        why: String,
    },
    /// The source lacks a setting, such as a key, and says so.
    #[error("source {source_name} is not configured: {why}")]
    Unconfigured {
        /// Which source.
        source_name: String,
        /// What it lacks, in its words.
        why: String,
    },
    /// The source answered something that is refused.
    #[error("source {source_name}: {refusal}")]
    Refused {
        /// Which source.
        source_name: String,
        /// Why its answer was refused.
        #[source]
        refusal: Refusal,
    },
    /// The search index failed.
    #[error("the search index failed")]
    Search(#[from] SearchError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A shared rule was broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let say = |kind, code: &'static str, error: &Error| Self::new(kind, code, error.to_string());
        match error {
            Error::Database(error) => error.into(),
            Error::Fault(fault) => fault,
            Error::Search(error) => error.into(),
            Error::NoSource(_) | Error::NoPosting(_) => say(FaultKind::NotFound, "not_found", &error),
            Error::SourceTaken(_) => say(FaultKind::Conflict, "source_taken", &error),
            Error::NotMerged(_) => say(FaultKind::Conflict, "not_merged", &error),
            Error::Unreachable { .. } => say(FaultKind::Unavailable, "source_unreachable", &error),
            Error::Unconfigured { .. } => say(FaultKind::Unavailable, "source_unconfigured", &error),
            Error::Refused { .. } => say(FaultKind::Unavailable, "source_refused", &error),
        }
    }
}
