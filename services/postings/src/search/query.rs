//! What is asked of the index, and what it answers.

use std::collections::BTreeMap;

use metier_core::{Cursor, Timestamp};
use serde::{Deserialize, Serialize};

use super::facet::{Facet, FacetCount};
use super::highlight::Marked;
use crate::domain::posting::PostingId;

/// The order of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Best first; without words to rank by, newest first.
    #[default]
    Relevance,
    /// Newest first.
    Newest,
}

/// A search.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Words, `"phrases"` and `-exclusions`; empty for everything.
    pub text: String,
    /// For each facet the values allowed: any of them, in every facet named.
    pub filters: BTreeMap<Facet, Vec<String>>,
    /// Published at or after.
    pub published_from: Option<Timestamp>,
    /// Published before.
    pub published_until: Option<Timestamp>,
    /// The order.
    pub sort: Sort,
    /// Results on a page, from 1 to [`Query::MOST`]; more is cut to that.
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl Query {
    /// The most results on a page.
    pub const MOST: usize = 100;

    /// A search for some words, everything else as usual.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            filters: BTreeMap::new(),
            published_from: None,
            published_until: None,
            sort: Sort::Relevance,
            limit: 20,
            after: None,
        }
    }
}

/// One result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The posting.
    pub id: PostingId,
    /// How well it fits; only the order means anything.
    pub score: f32,
    /// The title, with what matched marked.
    pub title: Marked,
    /// The employer.
    pub company: Option<String>,
    /// The most telling part of the text, with what matched marked.
    pub snippet: Marked,
}

/// A page of results.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchPage {
    /// The results in order.
    pub hits: Vec<Hit>,
    /// For each facet its values, most frequent first. A facet's own filter does not narrow its counts, so that
    /// its other values can still be chosen.
    pub facets: BTreeMap<Facet, Vec<FacetCount>>,
    /// Results on all pages.
    pub total: u64,
    /// Pass it as `after` for the next page; `None` on the last one.
    pub next: Option<Cursor>,
    /// Names the content of the index that was searched.
    pub generation: u64,
    /// Whether near spellings were searched because the words as typed found little.
    pub respelled: bool,
}
