//! One replica's full-text index over the postings on offer. It follows the database's change log and can be
//! thrown away at any time: whatever it lacks is read again from there.
//!
//! A word finds its inflections in Swedish and English, spelled with or without accents, and the compounds that
//! end with it; where the words as
//! typed find little, near spellings are looked for too and ranked below. Pages are keyset pages, and a page
//! by relevance names the [generation](SearchPage::generation) of the index it was ranked in.

mod analyzer;
mod answer;
mod collector;
mod compounds;
mod cursor;
mod document;
mod error;
mod expand;
mod facet;
mod highlight;
mod index;
mod parse;
mod plan;
mod query;
mod schema;
mod top;

pub use document::Document;
pub use error::SearchError;
pub use facet::{Facet, FacetCount};
pub use highlight::Marked;
pub use index::{Index, Opened, Operation, State};
pub use query::{Hit, Query, SearchPage, Sort};
