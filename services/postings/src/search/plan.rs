//! From a parsed search to the engine's query.
//!
//! Every word must occur somewhere, in any form. A word as written counts more than its stem, and in the title
//! more than in the text. Where near spellings are allowed, whatever has all words as typed still comes first.

use std::collections::BTreeMap;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::analyzer::Stems;
use super::parse::Parsed;
use super::schema::Fields;

const AS_WRITTEN: f32 = 1.5;
const STEM: f32 = 1.0;
const IN_TITLE: f32 = 4.0;
const STEM_IN_TITLE: f32 = 2.5;
const IN_COMPANY: f32 = 2.0;
const RESPELLED: f32 = 0.3;
/// More than any score of words can reach.
const EXACT_FIRST: f32 = 1_000.0;

/// Near spellings by word.
pub(super) type Respellings = BTreeMap<String, Vec<String>>;

/// The query for the words as typed.
pub(super) fn exact(parsed: &Parsed, fields: &Fields) -> Box<dyn Query> {
    if parsed.is_empty() && parsed.excluded.is_empty() {
        return Box::new(AllQuery);
    }
    all_words(parsed, fields, &Respellings::new())
}

/// The query for the words or near spellings of them.
pub(super) fn respelled(parsed: &Parsed, fields: &Fields, near: &Respellings) -> Box<dyn Query> {
    let typed = ConstScoreQuery::new(all_words(parsed, fields, &Respellings::new()), EXACT_FIRST);
    let any = all_words(parsed, fields, near);
    Box::new(BooleanQuery::new(vec![(Occur::Must, any), (Occur::Should, Box::new(typed))]))
}

fn all_words(parsed: &Parsed, fields: &Fields, near: &Respellings) -> Box<dyn Query> {
    let mut stems = Stems::default();
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
    for word in &parsed.words {
        let mut forms = forms(word, fields, &mut stems);
        for other in near.get(word).into_iter().flatten() {
            forms.push(boosted(any_of(self::forms(other, fields, &mut stems)), RESPELLED));
        }
        clauses.push((Occur::Must, any_of(forms)));
    }
    for phrase in &parsed.phrases {
        let terms = phrase.iter().map(|word| Term::from_field_text(fields.all, word)).collect();
        clauses.push((Occur::Must, Box::new(PhraseQuery::new(terms))));
    }
    if parsed.is_empty() {
        clauses.push((Occur::Must, Box::new(AllQuery)));
    }
    for word in &parsed.excluded {
        clauses.push((Occur::MustNot, term(fields.all, word)));
    }
    Box::new(BooleanQuery::new(clauses))
}

/// Every way in which one word may occur.
fn forms(word: &str, fields: &Fields, stems: &mut Stems) -> Vec<Box<dyn Query>> {
    let mut forms = vec![
        boosted(term(fields.all, word), AS_WRITTEN),
        boosted(term(fields.title, word), IN_TITLE),
        boosted(term(fields.company, word), IN_COMPANY),
    ];
    for stem in stems.of(word) {
        forms.push(boosted(term(fields.stems, stem), STEM));
        forms.push(boosted(term(fields.title_stems, stem), STEM_IN_TITLE));
    }
    forms
}

fn term(field: Field, word: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
}

fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, boost))
}

fn any_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries))
}

/// The stems to mark in results: of the words, of phrases, and of the near spellings.
pub(super) fn marks(parsed: &Parsed, near: &Respellings) -> BTreeMap<String, f32> {
    let mut stems = Stems::default();
    let words = parsed.words.iter().chain(parsed.phrases.iter().flatten()).chain(near.values().flatten());
    let mut marks = BTreeMap::new();
    for word in words {
        for stem in stems.of(word) {
            marks.insert(stem.clone(), 1.0);
        }
    }
    marks
}
