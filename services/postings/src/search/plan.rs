//! From a parsed search to the engine's query.
//!
//! Every word must occur somewhere, in any form. A word as written counts more than its stem, and in the title
//! more than in the text. Where near spellings are allowed, whatever has all words as typed still comes first.

use std::collections::{BTreeMap, BTreeSet};

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, PhraseQuery, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::analyzer::Stems;
use super::compounds::Compounds;
use super::error::SearchError;
use super::parse::Parsed;
use super::schema::Fields;

const AS_WRITTEN: f32 = 1.5;
const STEM: f32 = 1.0;
const IN_TITLE: f32 = 4.0;
const STEM_IN_TITLE: f32 = 2.5;
const IN_COMPANY: f32 = 2.0;
/// Compounds that end with the word count so much, however rare and however many they are.
const COMPOUND: f32 = 0.4;
const COMPOUND_IN_TITLE: f32 = 1.2;
/// More than compounds can reach: the word itself comes first, however frequent it is.
const NO_COMPOUND: f32 = 2.0;
const RESPELLED: f32 = 0.3;
/// More than any score of words can reach.
const EXACT_FIRST: f32 = 1_000.0;
/// A word in more than one of so many texts tells little by how it was written there.
const COMMON_IN: u64 = 5;

/// Near spellings by word.
pub(super) type Respellings = BTreeMap<String, Vec<String>>;

type Clause = (Occur, Box<dyn Query>);

/// What a query is made from.
pub(super) struct Plan<'a> {
    pub parsed: &'a Parsed,
    pub fields: &'a Fields,
    pub stems: &'a Stems,
    pub searcher: &'a Searcher,
    pub compounds: &'a Compounds,
}

impl Plan<'_> {
    /// The query for the words as typed.
    pub fn exact(&self) -> Result<Box<dyn Query>, SearchError> {
        if self.parsed.is_empty() && self.parsed.excluded.is_empty() {
            return Ok(Box::new(AllQuery));
        }
        self.all_words(&Respellings::new())
    }

    /// The query for the words or near spellings of them.
    pub fn respelled(&self, near: &Respellings) -> Result<Box<dyn Query>, SearchError> {
        let typed = ConstScoreQuery::new(self.all_words(&Respellings::new())?, EXACT_FIRST);
        let any = self.all_words(near)?;
        Ok(Box::new(BooleanQuery::new(vec![(Occur::Must, any), (Occur::Should, Box::new(typed))])))
    }

    fn all_words(&self, near: &Respellings) -> Result<Box<dyn Query>, SearchError> {
        let mut clauses: Vec<Clause> = Vec::new();
        for word in &self.parsed.words {
            let mut spellings = vec![self.word(word, &compounds(word, self.stems, self.compounds))?];
            for other in near.get(word).into_iter().flatten() {
                spellings.push(boosted(self.word(other, &BTreeSet::new())?, RESPELLED));
            }
            clauses.push((Occur::Must, any_of(spellings)));
        }
        for phrase in &self.parsed.phrases {
            let terms = phrase.iter().map(|word| Term::from_field_text(self.fields.all, word)).collect();
            clauses.push((Occur::Must, Box::new(PhraseQuery::new(terms))));
        }
        if self.parsed.is_empty() {
            clauses.push((Occur::Must, Box::new(AllQuery)));
        }
        for word in &self.parsed.excluded {
            clauses.push((Occur::MustNot, term(self.fields.all, word)));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }

    /// One word in any form, or a compound that ends with it. Whatever has it has its stem, so the stem decides; the
    /// rest only ranks.
    fn word(&self, word: &str, compounds: &BTreeSet<Box<str>>) -> Result<Box<dyn Query>, SearchError> {
        let forms = self.stems.of(word);
        let stems = |field: Field, boost: f32| -> Vec<Box<dyn Query>> {
            forms.iter().map(|stem| boosted(term(field, stem), boost)).collect()
        };
        let mut anywhere = stems(self.fields.stems, STEM);
        anywhere.extend(constant(self.fields.stems, compounds, COMPOUND));
        let mut clauses: Vec<Clause> = vec![(Occur::Must, any_of(anywhere))];
        let mut ranks = |query| clauses.push((Occur::Should, query));
        stems(self.fields.title_stems, STEM_IN_TITLE).into_iter().for_each(&mut ranks);
        if let Some(in_title) = constant(self.fields.title_stems, compounds, COMPOUND_IN_TITLE) {
            ranks(in_title);
            constant(self.fields.stems, &*forms, NO_COMPOUND).into_iter().for_each(&mut ranks);
        }
        ranks(boosted(term(self.fields.title, word), IN_TITLE));
        ranks(boosted(term(self.fields.company, word), IN_COMPANY));
        let written = Term::from_field_text(self.fields.all, word);
        if self.searcher.doc_freq(&written)? * COMMON_IN <= self.searcher.num_docs() {
            ranks(boosted(term(self.fields.all, word), AS_WRITTEN));
        }
        Ok(Box::new(BooleanQuery::new(clauses)))
    }
}

fn term(field: Field, word: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs))
}

/// One score for whatever has any of these words.
fn constant<'a>(
    field: Field,
    words: impl IntoIterator<Item = &'a Box<str>>,
    score: f32,
) -> Option<Box<dyn Query>> {
    let terms: Vec<_> = words.into_iter().map(|word| term(field, word)).collect();
    (!terms.is_empty()).then(|| Box::new(ConstScoreQuery::new(any_of(terms), score)) as Box<dyn Query>)
}

fn boosted(query: Box<dyn Query>, boost: f32) -> Box<dyn Query> {
    Box::new(BoostQuery::new(query, boost))
}

fn any_of(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.pop() {
        Some(only) if queries.is_empty() => only,
        last => {
            queries.extend(last);
            Box::new(BooleanQuery::union(queries))
        }
    }
}

/// The stems of compounds that end with a word, but for the word's own.
fn compounds(word: &str, stems: &Stems, compounds: &Compounds) -> BTreeSet<Box<str>> {
    let own = stems.of(word);
    let found = compounds.ending_with(word);
    // Compounds are Swedish, whose stem comes first.
    let all = found.iter().filter_map(|compound| stems.of(compound).first().cloned());
    all.filter(|stem| !own.contains(stem)).collect()
}

/// The stems to mark in results: of the words, of their compounds, of phrases, and of the near spellings.
pub(super) fn wanted(
    parsed: &Parsed,
    near: &Respellings,
    (stems, known): (&Stems, &Compounds),
) -> Vec<Box<str>> {
    let words = parsed.words.iter().chain(parsed.phrases.iter().flatten()).chain(near.values().flatten());
    let own = words.flat_map(|word| stems.of(word).iter().cloned().collect::<Vec<_>>());
    own.chain(parsed.words.iter().flat_map(|word| compounds(word, stems, known))).collect()
}
