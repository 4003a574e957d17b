//! De-duplication measured on labelled listings, pair by pair.
//!
//! The data: lists of openings kept by several curators, where an equal `id` in two lists marks one opening.
//! So the labelled pairs are records of **different lists** with equal ids. Within one list an id given to
//! several records is a slip of the list's keeper and labels nothing. The `id` is used for counting alone;
//! every record goes through the same reading, validation, keys and decision as in a sync.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Instant;

use flate2::read::MultiGzDecoder;
use metier_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::MemoryIndex;
use crate::domain::dedupe::Fingerprint;
use crate::domain::dialect::{Limits, read_listing};
use crate::domain::posting::{Sighting, validate};

/// 2026-01-01, after every record.
const NOW: Timestamp = Timestamp::from_seconds(1_767_225_600);

/// What was measured. Pairs are unordered pairs of records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metrics {
    /// Of the pairs found, the share that is labelled the same.
    pub precision: f64,
    /// Of the pairs labelled the same, the share that was found.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Pairs labelled the same.
    pub pairs_true: u64,
    /// Pairs put into one posting.
    pub pairs_found: u64,
    /// Pairs put into one posting and labelled the same.
    pub pairs_right: u64,
    /// The same, with every pair of records counted, also within one list.
    pub all_pairs: Scores,
    /// The best that any rule could reach that never calls two employers one.
    pub ceiling_recall: f64,
    /// Pairs with one address but different labels: what a rule by address alone would get wrong.
    pub same_url_other_label: u64,
    /// Pairs found but labelled different although they share employer and address: gaps of the labels, mostly.
    pub wrong_on_one_page: u64,
    /// Records read.
    pub records: u64,
    /// Records refused by validation.
    pub rejected: u64,
    /// Postings made of them.
    pub postings: u64,
    /// Comparisons made.
    pub comparisons: u64,
    /// Seconds for reading, validating and deciding.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
}

/// Precision and recall of one way of counting.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Of the pairs found, the share that is right.
    pub precision: f64,
    /// Of the right pairs, the share that was found.
    pub recall: f64,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The file cannot be read.
    #[error("cannot read the labelled records")]
    Read(#[from] std::io::Error),
    /// A line is not a record.
    #[error("line {line} is not a record")]
    Record {
        /// Line, from one.
        line: usize,
        /// The parser's words.
        #[source]
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Record {
    id: String,
    #[serde(rename = "_list")]
    list: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

struct Labelled {
    id: String,
    list: String,
    company: String,
    url: Option<String>,
}

/// Measures de-duplication on a file of labelled listings, JSON lines, gzipped or not.
///
/// # Errors
/// When the file cannot be read or holds anything but records.
pub fn run(path: &Path) -> Result<Metrics, EvalError> {
    let records = read(path)?;
    let started = Instant::now();
    let mut index = MemoryIndex::default();
    let mut labels = Vec::with_capacity(records.len());
    let total = records.len() as u64;
    for (position, record) in records.into_iter().enumerate() {
        let (id, list) = (record.id.clone(), record.list.clone());
        let Some(sighting) = sighting(position, record) else { continue };
        let seen = Fingerprint::of(&sighting);
        labels.push(Labelled { id, list, company: seen.company.clone(), url: seen.url.clone() });
        index.take(seen);
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(measure(&labels, &index, total, seconds))
}

fn read(path: &Path) -> Result<Vec<Record>, EvalError> {
    let file = File::open(path)?;
    let zipped = path.extension().is_some_and(|extension| extension == "gz");
    let text: Box<dyn Read> = if zipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut records = Vec::new();
    for (number, line) in BufReader::new(text).lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            let record = serde_json::from_str(&line)
                .map_err(|source| EvalError::Record { line: number + 1, source })?;
            records.push(record);
        }
    }
    Ok(records)
}

/// The record as its list would send it. Its place in the file stands in for the list's own id, so nothing of
/// the label is left.
fn sighting(position: usize, record: Record) -> Option<Sighting> {
    let mut entry = record.rest;
    entry.insert("original_id".to_owned(), Value::from(position));
    let body = Value::from(vec![Value::Object(entry)]).to_string();
    let mut listing = read_listing(200, body.as_bytes(), &Limits::default()).ok()?;
    validate(listing.postings.pop()?.ok()?, &record.list, NOW).ok()
}

fn measure(labels: &[Labelled], index: &MemoryIndex, records: u64, seconds: f64) -> Metrics {
    let found = groups(index.postings().into_iter());
    let labelled = groups(labels.iter().map(|label| &label.id));
    let pages = groups(labels.iter().map(|label| &label.url));
    let across = |a: &Labelled, b: &Labelled| a.list != b.list;
    let one_id = |a: &Labelled, b: &Labelled| a.id == b.id;
    let pairs_true = count(&labelled, labels, across);
    let pairs_right = count(&found, labels, |a, b| one_id(a, b) && across(a, b));
    let pairs_found = count(&found, labels, |a, b| !one_id(a, b)) + pairs_right;
    let all_true = count(&labelled, labels, |_, _| true);
    let all_found = count(&found, labels, |_, _| true);
    let all_right = count(&found, labels, one_id);
    let reachable = count(&labelled, labels, |a, b| across(a, b) && a.company == b.company);
    let (precision, recall) = (share(pairs_right, pairs_found), share(pairs_right, pairs_true));
    Metrics {
        precision,
        recall,
        f1: if precision + recall > 0.0 { 2.0 * precision * recall / (precision + recall) } else { 0.0 },
        pairs_true,
        pairs_found,
        pairs_right,
        all_pairs: Scores { precision: share(all_right, all_found), recall: share(all_right, all_true) },
        ceiling_recall: share(reachable, pairs_true),
        same_url_other_label: count(&pages, labels, |a, b| a.url.is_some() && !one_id(a, b)),
        wrong_on_one_page: count(&found, labels, |a, b| {
            !one_id(a, b) && a.url.is_some() && a.url == b.url && a.company == b.company
        }),
        records,
        rejected: records - labels.len() as u64,
        postings: found.len() as u64,
        comparisons: index.compared(),
        seconds,
        records_per_second: records as f64 / seconds.max(f64::EPSILON),
    }
}

/// The places of equal values.
fn groups<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> Vec<Vec<usize>> {
    let mut groups: HashMap<T, Vec<usize>> = HashMap::new();
    for (place, value) in values.enumerate() {
        groups.entry(value).or_default().push(place);
    }
    groups.into_values().collect()
}

/// How many pairs within the groups satisfy a rule.
fn count(groups: &[Vec<usize>], labels: &[Labelled], rule: impl Fn(&Labelled, &Labelled) -> bool) -> u64 {
    let of_group = |places: &Vec<usize>| {
        let pairs =
            places.iter().enumerate().flat_map(|(at, a)| places[at + 1..].iter().map(move |b| (*a, *b)));
        pairs.filter(|(a, b)| labels.get(*a).zip(labels.get(*b)).is_some_and(|(a, b)| rule(a, b))).count()
            as u64
    };
    groups.iter().map(of_group).sum()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
