//! What tells one sighting from every other: its source and the source's own id.

use serde::{Deserialize, Serialize};

/// Names a sighting for as long as its source does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SightingKey {
    /// Name of the source.
    pub source: String,
    /// The source's own id.
    pub original_id: String,
}

impl SightingKey {
    /// The sighting that `source` calls `original_id`.
    pub fn new(source: impl Into<String>, original_id: impl Into<String>) -> Self {
        Self { source: source.into(), original_id: original_id.into() }
    }
}
