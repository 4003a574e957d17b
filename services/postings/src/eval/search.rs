//! Search speed measured on invented postings whose words are as unevenly frequent as in real ones.
//!
//! The same number always gives the same postings and questions, so two measurements differ by the machine and
//! the code alone. Every question is a first page with facets and marked snippets, as the console asks it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use metier_core::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::posting::{Country, EmploymentType, Posting, PostingId, Remote};
use crate::search::{Document, Facet, Index, Operation, Query, SearchError, Sort};

/// Different words that texts draw from.
const WORDS: u64 = 60_000;
/// Words of a text, on average.
const TEXT_WORDS: u64 = 300;
/// Postings applied at once.
const BATCH: u64 = 2_000;
/// Questions asked.
const QUESTIONS: u64 = 2_000;

const TITLES: [&str; 16] = [
    "Sjuksköterska",
    "Systemutvecklare",
    "Lärare",
    "Undersköterska",
    "Software Engineer",
    "Data Engineer",
    "Kock",
    "Ekonomiassistent",
    "Projektledare",
    "Security Engineer",
    "Nurse",
    "Electrician",
    "Butikssäljare",
    "Lastbilschaufför",
    "Product Manager",
    "Socialsekreterare",
];
const PLACES: [&str; 12] = [
    "Stockholm",
    "Göteborg",
    "Malmö",
    "Uppsala",
    "Lund",
    "Berlin",
    "München",
    "Paris",
    "Lyon",
    "London",
    "Warszawa",
    "Oslo",
];
const COUNTRIES: [&str; 12] = ["SE", "SE", "SE", "SE", "SE", "DE", "DE", "FR", "FR", "GB", "PL", "NO"];

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

fn posting(dice: &mut Dice) -> Posting {
    let place = dice.below(PLACES.len() as u64) as usize;
    let words = TEXT_WORDS / 2 + dice.below(TEXT_WORDS);
    let text: Vec<String> = (0..words).map(|_| word(dice.rank())).collect();
    Posting {
        title: format!("{} {}", dice.of(&TITLES), word(dice.below(2_000))),
        company: Some(format!("{} AB", word(dice.below(8_000) + 1_000))),
        description: text.join(" "),
        locations: vec![PLACES[place].to_owned()],
        country: Country::parse(COUNTRIES[place]),
        region: Some(format!("Region {}", dice.below(120))),
        employment_type: *dice.of(&[None, Some(EmploymentType::FullTime), Some(EmploymentType::PartTime)]),
        remote: *dice.of(&[Remote::Unknown, Remote::Unknown, Remote::No, Remote::Yes]),
        published_at: Some(Timestamp::from_seconds(1_750_000_000 + dice.below(60 * 86_400) as i64)),
        ..Posting::default()
    }
}

fn source(dice: &mut Dice) -> String {
    (*dice.of(&["arbetsformedlingen", "eures", "remotive", "jooble"])).to_owned()
}

fn id(number: u64) -> PostingId {
    PostingId::from_uuid(Uuid::from_u64_pair(number, number))
}

/// The word of a rank: short for frequent ones, as in languages.
fn word(rank: u64) -> String {
    const SYLLABLES: [&str; 32] = [
        "an", "be", "da", "en", "för", "gi", "ha", "in", "ka", "la", "me", "na", "om", "på", "ra", "se",
        "ta", "ut", "vi", "är", "ing", "het", "lig", "ning", "tion", "er", "ar", "or", "ska", "sam", "ver",
        "sta",
    ];
    let mut left = rank + 32;
    let mut word = String::new();
    while left > 0 {
        word.push_str(SYLLABLES[(left % 32) as usize]);
        left /= 32;
    }
    word
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

/// Numbers that look random and are always the same (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// A rank by Zipf's law: the word of rank r is drawn 1/r as often as the first.
    fn rank(&mut self) -> u64 {
        let even = self.next() as f64 / u64::MAX as f64;
        ((WORDS as f64).powf(even) - 1.0) as u64
    }
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
