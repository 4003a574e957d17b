//! The fields of the index.
//!
//! Everything that can be searched is in `all` (as written) and `stems`; `title`, `title_stems` and `company`
//! repeat parts of it only to rank. Facets, dates and ids are columns.

use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, SchemaBuilder, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;

use super::analyzer::{STEMS, StemAnalyzer, Stems, WORDS, WordAnalyzer};
use super::facet::Facet;

/// Raised when an index of an older program must be rebuilt.
pub(super) const VERSION: u32 = 1;

/// Names of the columns that a page is ordered and cut by.
pub(super) const PUBLISHED_AT: &str = "published_at";
pub(super) const ID_HIGH: &str = "id_high";
pub(super) const ID_LOW: &str = "id_low";

/// The fields by role.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub id: Field,
    pub id_high: Field,
    pub id_low: Field,
    pub published_at: Field,
    pub title: Field,
    pub title_stems: Field,
    pub company: Field,
    pub description: Field,
    pub all: Field,
    pub stems: Field,
    pub facets: [Field; Facet::ALL.len()],
}

/// The schema and its fields.
pub(super) fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let positions = IndexRecordOption::WithFreqsAndPositions;
    let freqs = IndexRecordOption::WithFreqs;
    let fields = Fields {
        id: builder.add_text_field("id", STRING | STORED),
        id_high: builder.add_u64_field(ID_HIGH, FAST),
        id_low: builder.add_u64_field(ID_LOW, FAST),
        published_at: builder.add_i64_field(PUBLISHED_AT, FAST),
        title: builder.add_text_field("title", text(WORDS, freqs) | STORED),
        title_stems: builder.add_text_field("title_stems", text(STEMS, freqs)),
        company: builder.add_text_field("company", text(WORDS, freqs) | STORED),
        description: builder.add_text_field("description", STORED),
        all: builder.add_text_field("all", text(WORDS, positions)),
        stems: builder.add_text_field("stems", text(STEMS, freqs)),
        facets: Facet::ALL.map(|facet| column(&mut builder, facet.as_str())),
    };
    (builder.build(), fields)
}

fn text(analyzer: &str, detail: IndexRecordOption) -> TextOptions {
    let indexing = TextFieldIndexing::default().set_tokenizer(analyzer).set_index_option(detail);
    TextOptions::default().set_indexing_options(indexing)
}

fn column(builder: &mut SchemaBuilder, name: &str) -> Field {
    builder.add_text_field(name, TextOptions::default().set_fast("raw"))
}

/// The analyzers that the schema names.
pub(super) fn analyzers(stems: &Stems) -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(WORDS, WordAnalyzer::default());
    manager.register(STEMS, StemAnalyzer::remembering(stems));
    manager
}
