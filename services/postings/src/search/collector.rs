//! One walk over the matching documents: the page's results, the total, and the facets' counts.
//!
//! A document that fails exactly one facet's filter still counts for that facet, so that its other values show
//! what choosing them would bring.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Cardinality, Column, StrColumn};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};
use uuid::Uuid;

use super::document::NO_VALUE;
use super::facet::Facet;
use super::query::Sort;
use super::schema::{ID_HIGH, ID_LOW, PUBLISHED_AT};
use super::top::{Key, Top};

const FACETS: usize = Facet::ALL.len();

/// What to collect.
#[derive(Clone, Debug)]
pub(super) struct PageCollector {
    /// Values allowed for each facet; `None` allows all.
    pub allowed: [Option<Vec<String>>; FACETS],
    /// Microseconds of publication.
    pub published: Range<i64>,
    pub sort: Sort,
    /// Collect what comes after this.
    pub after: Option<Key>,
    /// Results to keep.
    pub keep: usize,
}

/// What was collected.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub total: u64,
    pub counts: [HashMap<String, u64>; FACETS],
    pub results: Vec<(Key, DocAddress)>,
}

impl Collector for PageCollector {
    type Fruit = Collected;
    type Child = SegmentPage;

    fn for_segment(&self, segment: SegmentOrdinal, reader: &SegmentReader) -> tantivy::Result<SegmentPage> {
        let columns = reader.fast_fields();
        let mut facets = Vec::with_capacity(FACETS);
        for (facet, allowed) in Facet::ALL.iter().zip(&self.allowed) {
            facets.push(FacetColumn::open(columns.str(facet.as_str())?, allowed.as_deref())?);
        }
        Ok(SegmentPage {
            segment,
            id: [columns.u64(ID_HIGH)?, columns.u64(ID_LOW)?],
            published_at: columns.i64(PUBLISHED_AT)?,
            published: self.published.clone(),
            sort: self.sort,
            filtered: facets.iter().any(|facet| facet.allowed.is_some()),
            facets,
            top: Top::new(self.keep, self.after),
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Collected>>) -> tantivy::Result<Collected> {
        let mut merged = Collected::default();
        for segment in segments {
            let segment = segment?;
            merged.total += segment.total;
            merged.results.extend(segment.results);
            for (into, from) in merged.counts.iter_mut().zip(segment.counts) {
                for (value, count) in from {
                    *into.entry(value).or_default() += count;
                }
            }
        }
        merged.results.sort_unstable_by_key(|result| Reverse(result.0));
        merged.results.truncate(self.keep);
        Ok(merged)
    }
}

pub(super) struct SegmentPage {
    segment: SegmentOrdinal,
    id: [Column<u64>; 2],
    published_at: Column<i64>,
    published: Range<i64>,
    sort: Sort,
    facets: Vec<FacetColumn>,
    /// Whether any facet has a filter.
    filtered: bool,
    top: Top,
    total: u64,
}

impl SegmentPage {
    /// The facets whose filter the document fails: none, one by its place, or too many.
    fn failing(&self, doc: DocId) -> Failing {
        if !self.filtered {
            return Failing::None;
        }
        let mut failing = Failing::None;
        for (place, facet) in self.facets.iter().enumerate() {
            if !facet.allows(doc) {
                if !matches!(failing, Failing::None) {
                    return Failing::Several;
                }
                failing = Failing::One(place);
            }
        }
        failing
    }

    fn offer(&mut self, doc: DocId, rank: u64) {
        if self.top.may_take(rank) {
            let [high, low] = [0, 1].map(|half: usize| self.id[half].first(doc).unwrap_or_default());
            let id = Reverse(Uuid::from_u64_pair(high, low));
            self.top.offer(Key { rank, id }, DocAddress::new(self.segment, doc));
        }
    }
}

enum Failing {
    None,
    One(usize),
    Several,
}

impl SegmentCollector for SegmentPage {
    type Fruit = tantivy::Result<Collected>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let published_at = self.published_at.first(doc).unwrap_or_default();
        if !self.published.contains(&published_at) {
            return;
        }
        match self.failing(doc) {
            Failing::None => {
                self.total += 1;
                self.facets.iter_mut().for_each(|facet| facet.count(doc));
                let rank = match self.sort {
                    Sort::Relevance => Key::rank_of_score(score),
                    Sort::Newest => Key::rank_of_moment(published_at),
                };
                self.offer(doc, rank);
            }
            Failing::One(place) => {
                if let Some(facet) = self.facets.get_mut(place) {
                    facet.count(doc);
                }
            }
            Failing::Several => {}
        }
    }

    fn harvest(self) -> tantivy::Result<Collected> {
        let mut counts: [HashMap<String, u64>; FACETS] = Default::default();
        for (into, facet) in counts.iter_mut().zip(self.facets) {
            *into = facet.named()?;
        }
        Ok(Collected { total: self.total, counts, results: self.top.into_sorted() })
    }
}

/// One facet's column in one segment; values are numbers there.
struct FacetColumn {
    values: Option<(StrColumn, Column<u64>)>,
    /// By number, whether the filter allows it.
    allowed: Option<Vec<bool>>,
    /// By number, how often it was counted.
    counts: Vec<u32>,
}

impl FacetColumn {
    fn open(column: Option<StrColumn>, allowed: Option<&[String]>) -> tantivy::Result<Self> {
        let Some(column) = column else {
            return Ok(Self { values: None, allowed: allowed.map(|_| Vec::new()), counts: Vec::new() });
        };
        let size = column.num_terms();
        let allowed = allowed.map(|names| numbers(&column, names, size)).transpose()?;
        let ords = column.ords().clone();
        Ok(Self { values: Some((column, ords)), allowed, counts: vec![0; size] })
    }

    fn allows(&self, doc: DocId) -> bool {
        let Some(allowed) = &self.allowed else { return true };
        let Some((_, numbers)) = &self.values else { return false };
        numbers.values_for_doc(doc).any(|number| allowed.get(number as usize).copied().unwrap_or_default())
    }

    fn count(&mut self, doc: DocId) {
        let Some((_, numbers)) = &self.values else { return };
        let mut count = |number: u64| {
            if let Some(count) = self.counts.get_mut(number as usize) {
                *count += 1;
            }
        };
        if numbers.get_cardinality() == Cardinality::Full {
            count(numbers.values.get_val(doc));
        } else {
            numbers.values_for_doc(doc).for_each(count);
        }
    }

    /// The counts by name. Names are read in one pass: looking each up alone costs more than the search.
    fn named(self) -> tantivy::Result<HashMap<String, u64>> {
        let Some((column, _)) = self.values else { return Ok(HashMap::new()) };
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        let (numbers, counts): (Vec<u64>, Vec<u64>) =
            counted.map(|(number, count)| (number as u64, u64::from(*count))).unzip();
        let mut named = HashMap::with_capacity(numbers.len());
        let mut counts = counts.into_iter();
        column
            .dictionary()
            .sorted_ords_to_term_cb(&numbers, |name| {
                let name = String::from_utf8_lossy(name).into_owned();
                named.insert(name, counts.next().unwrap_or_default());
            })
            .map_err(TantivyError::from)?;
        named.remove(NO_VALUE);
        Ok(named)
    }
}

fn numbers(column: &StrColumn, names: &[String], size: usize) -> tantivy::Result<Vec<bool>> {
    let mut allowed = vec![false; size];
    for name in names {
        let number = column.dictionary().term_ord(name).map_err(TantivyError::from)?;
        if let Some(allowed) = number.and_then(|number| allowed.get_mut(number as usize)) {
            *allowed = true;
        }
    }
    Ok(allowed)
}
