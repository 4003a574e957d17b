//! Search speed measured on invented postings. Every question is a first page with facets and marked snippets, as
//! the console asks it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use metier_core::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::invented::{COUNTRIES, Dice, PLACES, TITLES, posting, source, word};
use crate::domain::posting::PostingId;
use crate::search::{Document, Facet, Index, Operation, Query, SearchError, Sort};

/// Postings applied at once.
const BATCH: u64 = 2_000;
/// Questions asked.
const QUESTIONS: u64 = 2_000;

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SearchMetrics {
    /// Postings in the index.
    pub postings: u64,
    /// Postings indexed a second, commits included.
    pub indexed_per_second: f64,
    /// Megabytes on disk.
    pub megabytes: f64,
    /// Each kind of question: milliseconds of half, of 99 in 100, and of the slowest.
    pub questions: BTreeMap<&'static str, Spread>,
    /// All questions together.
    pub all: Spread,
}

/// How times are spread, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half were at most this slow.
    pub p50: f64,
    /// 99 in 100 were at most this slow.
    pub p99: f64,
    /// The slowest.
    pub max: f64,
    /// Results of all pages, on average.
    pub results: f64,
}

/// Indexes so many postings in an empty folder and asks questions of them.
///
/// # Errors
/// When the folder cannot be used or the index fails.
pub fn run(postings: u64, folder: &Path) -> Result<SearchMetrics, SearchError> {
    let index = Index::open(folder)?.index;
    let started = Instant::now();
    fill(&index, postings)?;
    let indexed_per_second = postings as f64 / started.elapsed().as_secs_f64();
    let times = ask(&index, postings)?;
    let everything: Vec<(Duration, u64)> = times.values().flatten().copied().collect();
    Ok(SearchMetrics {
        postings: index.len(),
        indexed_per_second,
        megabytes: megabytes(folder)?,
        questions: times.into_iter().map(|(kind, times)| (kind, spread(times))).collect(),
        all: spread(everything),
    })
}

/// Applies invented postings, a batch at a time.
fn fill(index: &Index, postings: u64) -> Result<(), SearchError> {
    let mut dice = Dice(postings);
    let mut batch = Vec::new();
    for number in 0..postings {
        let (posting, sources) = (posting(&mut dice), vec![source(&mut dice)]);
        batch.push(Operation::Upsert(Box::new(Document::of(
            id(number),
            &posting,
            sources,
            Timestamp::EPOCH,
        ))));
        if batch.len() as u64 == BATCH || number + 1 == postings {
            index.apply(std::mem::take(&mut batch), i64::try_from(number).unwrap_or(i64::MAX))?;
        }
    }
    Ok(())
}

type Times = BTreeMap<&'static str, Vec<(Duration, u64)>>;

fn ask(index: &Index, seed: u64) -> Result<Times, SearchError> {
    let mut dice = Dice(!seed);
    let mut times = Times::new();
    for number in 0..QUESTIONS {
        let (kind, query) = question(number, &mut dice);
        let started = Instant::now();
        let page = index.search(&query)?;
        times.entry(kind).or_default().push((started.elapsed(), page.total));
    }
    Ok(times)
}

fn question(number: u64, dice: &mut Dice) -> (&'static str, Query) {
    let title = *dice.of(&TITLES);
    let place = *dice.of(&PLACES);
    let rare = word(dice.below(5_000) + 50);
    match number % 8 {
        0 => ("title", Query::words(title)),
        1 => ("title and place", Query::words(format!("{title} {place}"))),
        2 => ("word of texts", Query::words(rare)),
        3 => ("common words", Query::words(format!("{} {}", word(dice.below(20)), word(dice.below(20))))),
        4 => ("typing error", Query::words(misspelled(title))),
        5 => ("phrase", Query::words(format!("\"{} {}\"", word(dice.below(60)), word(dice.below(60))))),
        6 => {
            let filters = BTreeMap::from([
                (Facet::Country, vec![(*dice.of(&COUNTRIES)).to_owned()]),
                (Facet::Remote, vec!["yes".to_owned()]),
            ]);
            ("filtered", Query { filters, ..Query::words(title) })
        }
        _ => ("newest of all", Query { sort: Sort::Newest, ..Query::default() }),
    }
}

/// Exchanges two letters in the middle.
fn misspelled(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let middle = letters.len() / 2;
    letters.swap(middle, middle - 1);
    letters.into_iter().collect()
}

fn id(number: u64) -> PostingId {
    PostingId::from_uuid(Uuid::from_u64_pair(number, number))
}

fn spread(mut times: Vec<(Duration, u64)>) -> Spread {
    times.sort_unstable();
    let milliseconds = |at: usize| {
        times.get(at.min(times.len().saturating_sub(1))).map_or(0.0, |(time, _)| time.as_secs_f64() * 1e3)
    };
    let results: u64 = times.iter().map(|(_, results)| results).sum();
    Spread {
        p50: milliseconds(times.len() / 2),
        p99: milliseconds(times.len() * 99 / 100),
        max: milliseconds(times.len()),
        results: results as f64 / times.len().max(1) as f64,
    }
}

fn megabytes(folder: &Path) -> Result<f64, SearchError> {
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)? {
        bytes += file?.metadata()?.len();
    }
    Ok(bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_measurement_finds_what_it_asks_for() {
        let folder = tempfile::tempdir().unwrap();
        let metrics = run(300, folder.path()).unwrap();
        assert_eq!(metrics.postings, 300);
        for (kind, spread) in &metrics.questions {
            assert!(spread.results > 0.0, "{kind} finds something");
            assert!(spread.p50 <= spread.p99 && spread.p99 <= spread.max);
        }
    }
}
