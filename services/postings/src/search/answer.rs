//! One search under way: the words as typed, then near spellings, then the page with what matched marked.

use std::collections::{BTreeMap, HashMap};

use metier_core::Timestamp;
use tantivy::schema::Value;
use tantivy::{Searcher, TantivyDocument};

use super::analyzer::Stems;
use super::collector::{Collected, PageCollector};
use super::compounds::Compounds;
use super::cursor::Place;
use super::error::SearchError;
use super::expand;
use super::facet::{Facet, FacetCount};
use super::highlight::Highlighter;
use super::parse::Parsed;
use super::plan::{self, Plan, Respellings};
use super::query::{Hit, Query, SearchPage, Sort};
use super::schema::Fields;
use super::top::Key;
use crate::domain::posting::PostingId;

/// Results below which near spellings are searched too.
const FEW: u64 = 5;
/// Values shown of one facet.
const FACET_VALUES: usize = 100;

/// One search under way.
pub(super) struct Asked<'a> {
    pub fields: &'a Fields,
    pub stems: &'a Stems,
    pub searcher: &'a Searcher,
    pub compounds: &'a Compounds,
    pub query: &'a Query,
    pub parsed: &'a Parsed,
    pub sort: Sort,
}

impl Asked<'_> {
    /// The words as typed; with near spellings when those find little, or when the page before had them.
    pub fn collect(&self, place: Option<&Place>) -> Result<(Collected, Respellings), SearchError> {
        let after = place.map(|place| place.key);
        if let Some(place) = place {
            let near = if place.respelled { self.near()? } else { Respellings::new() };
            return Ok((self.run(&near, after)?, near));
        }
        let typed = self.run(&Respellings::new(), after)?;
        if typed.total >= FEW || self.parsed.words.is_empty() {
            return Ok((typed, Respellings::new()));
        }
        let near = self.near()?;
        if near.is_empty() {
            return Ok((typed, near));
        }
        let wider = self.run(&near, after)?;
        Ok(if wider.total > typed.total { (wider, near) } else { (typed, Respellings::new()) })
    }

    fn near(&self) -> Result<Respellings, SearchError> {
        let mut near = Respellings::new();
        for word in &self.parsed.words {
            let found = expand::near(self.searcher, self.fields.all, word)?;
            if !found.is_empty() {
                near.insert(word.clone(), found);
            }
        }
        Ok(near)
    }

    fn run(&self, near: &Respellings, after: Option<Key>) -> Result<Collected, SearchError> {
        let plan = Plan {
            parsed: self.parsed,
            fields: self.fields,
            stems: self.stems,
            searcher: self.searcher,
            compounds: self.compounds,
        };
        let query = if near.is_empty() { plan.exact()? } else { plan.respelled(near)? };
        let micros = |moment: Option<Timestamp>| moment.map(Timestamp::micros);
        let collector = PageCollector {
            allowed: Facet::ALL
                .map(|facet| self.query.filters.get(&facet).cloned().filter(|all| !all.is_empty())),
            published: micros(self.query.published_from).unwrap_or(i64::MIN)
                ..micros(self.query.published_until).unwrap_or(i64::MAX),
            sort: self.sort,
            after,
            keep: self.limit() + 1,
        };
        Ok(self.searcher.search(&*query, &collector)?)
    }

    fn limit(&self) -> usize {
        self.query.limit.clamp(1, Query::MOST)
    }

    pub fn page(
        &self,
        collected: Collected,
        near: &Respellings,
        generation: u64,
    ) -> Result<SearchPage, SearchError> {
        let highlighter =
            Highlighter::new(plan::wanted(self.parsed, near, (self.stems, self.compounds)), self.stems);
        let more = collected.results.len() > self.limit();
        let results = collected.results.into_iter().take(self.limit());
        let mut hits = Vec::with_capacity(self.limit());
        let mut last = None;
        for (key, address) in results {
            let document: TantivyDocument = self.searcher.doc(address)?;
            hits.push(self.hit(key, &document, &highlighter));
            last = Some(key);
        }
        let ranked = (self.sort == Sort::Relevance).then_some(generation);
        let place = |key: Key| Place::new(self.query, key, ranked, !near.is_empty()).cursor();
        Ok(SearchPage {
            hits,
            facets: facets(collected.counts),
            total: collected.total,
            next: last.filter(|_| more).map(place),
            generation,
            respelled: !near.is_empty(),
        })
    }

    fn hit(&self, key: Key, document: &TantivyDocument, highlighter: &Highlighter<'_>) -> Hit {
        let text = |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
        Hit {
            id: PostingId::from_uuid(key.id.0),
            score: if self.sort == Sort::Relevance { key.score() } else { 0.0 },
            title: highlighter.title(text(self.fields.title)),
            company: Some(text(self.fields.company)).filter(|name| !name.is_empty()).map(str::to_owned),
            snippet: highlighter.snippet(text(self.fields.description)),
        }
    }
}

fn facets(counts: [HashMap<String, u64>; Facet::ALL.len()]) -> BTreeMap<Facet, Vec<FacetCount>> {
    let of_one = |counts: HashMap<String, u64>| {
        let mut values: Vec<FacetCount> =
            counts.into_iter().map(|(value, count)| FacetCount { value, count }).collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        values.truncate(FACET_VALUES);
        values
    };
    Facet::ALL.into_iter().zip(counts.map(of_one)).collect()
}
