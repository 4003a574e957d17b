//! The SQL of postings: sources, syncs, sightings, canonical postings and their change log.

pub mod figures;
pub mod merges;
pub mod postings;
pub mod sightings;
pub mod sources;
pub mod syncs;

/// Rung when postings changed, so that search indexes follow.
pub const POSTINGS_CHANGED: &str = "postings.changed";

/// Rung when a source was registered or removed.
pub const SOURCES_CHANGED: &str = "sources.changed";

/// A value that was stored as JSON and no longer reads: a damaged row.
pub(crate) fn broken(what: &str, error: impl std::fmt::Display) -> sea_orm::DbErr {
    sea_orm::DbErr::Type(format!("stored {what}: {error}"))
}

/// A value as JSON text.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, sea_orm::DbErr> {
    serde_json::to_string(value).map_err(|error| sea_orm::DbErr::Type(error.to_string()))
}
