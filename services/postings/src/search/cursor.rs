//! Where a page ended: the sort key of its last result, and what that key belongs to.

use std::hash::{Hash, Hasher};

use fnv::FnvHasher;
use metier_core::Cursor;
use serde::{Deserialize, Serialize};

use super::error::SearchError;
use super::query::{Query, Sort};
use super::top::Key;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The last result's key.
    pub key: Key,
    /// The generation it was ranked in; none for an order that outlives generations.
    pub generation: Option<u64>,
    /// Whether near spellings were searched.
    pub respelled: bool,
    /// Which question it belongs to.
    question: u64,
}

impl Place {
    pub fn new(query: &Query, key: Key, generation: Option<u64>, respelled: bool) -> Self {
        Self { key, generation, respelled, question: question(query) }
    }

    pub fn cursor(&self) -> Cursor {
        Cursor::of(self)
    }

    /// The place a query continues from.
    pub fn of(query: &Query) -> Result<Option<Self>, SearchError> {
        let Some(cursor) = &query.after else { return Ok(None) };
        let place: Self = cursor.key().map_err(|_| SearchError::ForeignCursor)?;
        if place.question == question(query) { Ok(Some(place)) } else { Err(SearchError::ForeignCursor) }
    }
}

/// Everything that decides which results there are and in which order, but not how many a page holds.
fn question(query: &Query) -> u64 {
    let mut hasher = FnvHasher::default();
    query.text.hash(&mut hasher);
    query.filters.hash(&mut hasher);
    query.published_from.hash(&mut hasher);
    query.published_until.hash(&mut hasher);
    (query.sort == Sort::Newest).hash(&mut hasher);
    hasher.finish()
}
