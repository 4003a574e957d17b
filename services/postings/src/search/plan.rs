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
/// A compound that ends with the word.
const COMPOUND: f32 = 0.4;
const COMPOUND_IN_TITLE: f32 = 1.2;
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
            let mut spellings = vec![self.word(word)?];
            for other in near.get(word).into_iter().flatten() {
                spellings.push(boosted(self.word(other)?, RESPELLED));
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
    fn word(&self, word: &str) -> Result<Box<dyn Query>, SearchError> {
        let forms = self.stems.of(word);
        let stems = |field: Field, boost: f32| -> Vec<Box<dyn Query>> {
            forms.iter().map(|stem| boosted(term(field, stem), boost)).collect()
        };
        let compounds = compounds(word, self.stems, self.compounds);
        let mut anywhere = stems(self.fields.stems, STEM);
        anywhere.extend(compounds.iter().map(|stem| boosted(term(self.fields.stems, stem), COMPOUND)));
        let mut clauses: Vec<Clause> = vec![(Occur::Must, any_of(anywhere))];
        let mut ranks = |query| clauses.push((Occur::Should, query));
        stems(self.fields.title_stems, STEM_IN_TITLE).into_iter().for_each(&mut ranks);
        for stem in &compounds {
            ranks(boosted(term(self.fields.title_stems, stem), COMPOUND_IN_TITLE));
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
    let all = found.iter().flat_map(|compound| stems.of(compound).iter().cloned().collect::<Vec<_>>());
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
