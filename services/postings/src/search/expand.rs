//! Near spellings of a word that the index really holds.

use std::collections::HashMap;

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use super::error::SearchError;

/// Shorter words have too many neighbors to mean anything.
const SHORTEST: usize = 4;
/// Words this long may differ in two letters.
const TWO_LETTERS_FROM: usize = 8;
/// Near spellings taken of one word.
const MOST: usize = 8;

/// The most frequent words of a field within one letter of `word` (an exchange of neighbors counts as one);
/// for a long word without any, within two.
pub(super) fn near(searcher: &Searcher, field: Field, word: &str) -> Result<Vec<String>, SearchError> {
    let length = word.chars().count();
    if length < SHORTEST || word.chars().any(|c| c.is_ascii_digit()) {
        return Ok(Vec::new());
    }
    let found = within(searcher, field, word, 1)?;
    if found.is_empty() && length >= TWO_LETTERS_FROM {
        return within(searcher, field, word, 2);
    }
    Ok(found)
}

fn within(searcher: &Searcher, field: Field, word: &str, letters: u8) -> Result<Vec<String>, SearchError> {
    let query = FuzzyTermQuery::new(Term::from_field_text(field, word), letters, true);
    let mut frequency: HashMap<String, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut terms = index.terms().search(query.automaton()?).into_stream()?;
        while terms.advance() {
            if let Ok(term) = std::str::from_utf8(terms.key()) {
                *frequency.entry(term.to_owned()).or_default() += u64::from(terms.value().doc_freq);
            }
        }
    }
    frequency.remove(word);
    let mut found: Vec<(String, u64)> = frequency.into_iter().collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(found.into_iter().take(MOST).map(|(term, _)| term).collect())
}
