//! Postings made up for measurements: their words are as unevenly frequent as in real ones.
//!
//! The same seed always gives the same postings, so two measurements differ by the machine and the code alone.

use metier_core::Timestamp;

use crate::domain::posting::{Country, EmploymentType, Posting, Remote};

/// Different words that texts draw from.
const WORDS: u64 = 60_000;
/// Words of a text, on average.
const TEXT_WORDS: u64 = 300;
pub(super) const TITLES: [&str; 16] = [
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
pub(super) const PLACES: [&str; 12] = [
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
pub(super) const COUNTRIES: [&str; 12] =
    ["SE", "SE", "SE", "SE", "SE", "DE", "DE", "FR", "FR", "GB", "PL", "NO"];

/// A posting.
pub(super) fn posting(dice: &mut Dice) -> Posting {
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

/// The name of a source.
pub(super) fn source(dice: &mut Dice) -> String {
    (*dice.of(&["arbetsformedlingen", "eures", "remotive", "jooble"])).to_owned()
}

/// The word of a rank: short for frequent ones, as in languages.
pub(super) fn word(rank: u64) -> String {
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

/// Numbers that look random and are always the same (SplitMix64).
pub(super) struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    /// A rank by Zipf's law: the word of rank r is drawn 1/r as often as the first.
    fn rank(&mut self) -> u64 {
        let even = self.next() as f64 / u64::MAX as f64;
        ((WORDS as f64).powf(even) - 1.0) as u64
    }
}
