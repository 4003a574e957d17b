//! One key for the many ways a title is written, and the words in it that set two openings apart.

use serde::{Deserialize, Serialize};

use super::fold;

/// Words that say nothing about the work.
const NOISE: [&str; 38] = [
    "a", "an", "and", "the", "of", "for", "in", "at", "to", "with", "on", "och", "i", "till", "for", "pa",
    "med", "som", "en", "und", "der", "die", "das", "fur", "im", "mit", "als", "et", "de", "du", "la", "le",
    "des", "y", "e", "all", "genders", "gender",
];

/// Letters of gender notes such as (m/f/d), (w/m/d), (h/f), f m x.
const GENDER: [&str; 6] = ["m", "w", "f", "h", "d", "x"];

/// Words before a requisition number.
const REQUISITION: [&str; 8] = ["req", "requisition", "ref", "id", "jobid", "jr", "nr", "no"];

/// Words that, where both titles have one and they differ, make two different openings.
const LEVELS: [&str; 16] = [
    "junior",
    "senior",
    "lead",
    "principal",
    "staff",
    "head",
    "director",
    "intern",
    "trainee",
    "associate",
    "ii",
    "iii",
    "iv",
    "phd",
    "master",
    "bachelor",
];

/// A title reduced to what identifies the work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TitleKey {
    /// The telling words in alphabetical order, each once.
    pub words: Vec<String>,
}

impl TitleKey {
    /// Whether the words name different levels or times, such as "junior" and "senior", or 2024 and 2025.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        let differ = |class: fn(&str) -> bool| {
            let [mine, theirs] = [self, other].map(|title| {
                title.words.iter().map(String::as_str).filter(|word| class(word)).collect::<Vec<_>>()
            });
            !mine.is_empty() && !theirs.is_empty() && mine != theirs
        };
        differ(is_level) || differ(is_season) || differ(is_number)
    }

    /// The share of words in common, from 0 to 1 (Dice's measure).
    pub fn similarity(&self, other: &Self) -> f32 {
        let common = self.words.iter().filter(|word| other.words.binary_search(word).is_ok()).count();
        let total = self.words.len() + other.words.len();
        if total == 0 { 0.0 } else { 2.0 * common as f32 / total as f32 }
    }

    /// Whether one title's words are all in the other's.
    pub fn contains_or_is_within(&self, other: &Self) -> bool {
        let (short, long) = if self.words.len() <= other.words.len() { (self, other) } else { (other, self) };
        !short.words.is_empty() && short.words.iter().all(|word| long.words.binary_search(word).is_ok())
    }
}

fn is_level(word: &str) -> bool {
    LEVELS.contains(&word)
}

fn is_season(word: &str) -> bool {
    matches!(word, "summer" | "winter" | "spring" | "fall" | "autumn" | "sommar" | "vinter" | "host")
}

fn is_number(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_digit())
}

/// The key of a title: folded, without gender notes, requisition numbers, percentages and filler, with a few
/// spellings of one word brought together.
pub fn title_key(title: &str) -> TitleKey {
    let folded = fold(&without_percentages(title));
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let mut telling: Vec<String> = Vec::with_capacity(words.len());
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let dropped = is_gender_note(&words, at)
            || is_requisition(word)
            || (REQUISITION.contains(word) && (is_number(next) || REQUISITION.contains(&next)))
            || (word.len() <= 4 && !is_number(word) && is_requisition(next) && is_number(next))
            || NOISE.contains(word);
        if !dropped {
            telling.push(one_spelling(word).to_owned());
        }
    }
    telling.sort_unstable();
    telling.dedup();
    TitleKey { words: telling }
}

/// A gender letter counts only beside another one: the d of "R&D" stays.
fn is_gender_note(words: &[&str], at: usize) -> bool {
    let is_letter =
        |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|word| GENDER.contains(word));
    is_letter(Some(at)) && (is_letter(at.checked_sub(1)) || is_letter(Some(at + 1)))
}

/// Five digits or more, with at most four letters before them: 51037, r12345, jr104149. Years stay.
fn is_requisition(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
    word.len() - digits.len() <= 4 && digits.len() >= 5 && is_number(digits)
}

/// "80-100%" is working time, not the work.
fn without_percentages(title: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for word in title.split_whitespace() {
        let bare = word.trim_matches(['(', ')', ',', ';']);
        match bare.strip_suffix('%') {
            Some(number) if number.starts_with(|c: char| c.is_ascii_digit()) => {}
            Some("") => {
                kept.pop_if(|last| last.starts_with(|c: char| c.is_ascii_digit()));
            }
            _ => kept.push(word),
        }
    }
    kept.join(" ")
}

fn one_spelling(word: &str) -> &str {
    match word {
        "interns" | "internship" | "internships" => "intern",
        "engineering" | "engineers" => "engineer",
        "developers" | "development" => "developer",
        "sr" => "senior",
        "jr" => "junior",
        "masters" | "msc" => "master",
        "bachelors" | "bsc" | "undergraduate" => "bachelor",
        "autumn" => "fall",
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn noise_in_titles_does_not_matter() {
        for titles in [
            ["Security Engineer (m/f/d)", "Security Engineer f m x", "Security engineer (W/M/D) 80-100%"],
            [
                "Software Engineering Internship",
                "Software Engineer Intern",
                "Software Engineer – Intern R-12345",
            ],
            ["Utvecklare till Stockholm", "utvecklare, Stockholm", "Utvecklare i Stockholm (ref nr 445566)"],
        ] {
            let keys = titles.map(title_key);
            assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        }
    }

    #[test]
    fn letters_that_mean_something_stay() {
        assert_ne!(title_key("C developer"), title_key("C++ developer"));
        assert!(title_key("R&D Intern").words.contains(&"d".to_owned()));
    }

    #[test]
    fn levels_and_years_set_openings_apart() {
        let conflict = |a: &str, b: &str| title_key(a).conflicts_with(&title_key(b));
        assert!(conflict("Junior developer", "Senior developer"));
        assert!(conflict("Intern 2024", "Intern 2025"));
        assert!(conflict("Intern, Spring", "Intern, Summer"));
        assert!(!conflict("Developer", "Senior developer"));
    }

    proptest! {
        #[test]
        fn similarity_is_symmetric_and_full_for_itself(a in "[a-z ]{1,30}", b in "[a-z ]{1,30}") {
            let (a, b) = (title_key(&a), title_key(&b));
            prop_assert_eq!(a.similarity(&b).to_bits(), b.similarity(&a).to_bits());
            prop_assert!(a.words.is_empty() || a.similarity(&a) == 1.0);
        }

        #[test]
        fn a_key_read_as_a_title_is_its_own_key(title in "[A-Za-z0-9()/&% -]{0,40}") {
            let once = title_key(&title);
            let twice = title_key(&once.words.join(" "));
            prop_assert!(twice.words.iter().all(|word| once.words.contains(word)));
        }
    }
}
