//! Whether an ad says that the work can be done from afar.
//!
//! Whole words and phrases only: "distansutbildning", "fjärrvärme" and "remote sensing" say nothing about the workplace.

use super::{padded, words};
use crate::wire::Remote;

/// Words that settle it in a headline.
const IN_TITLE: [&str; 12] = [
    "distans",
    "distansarbete",
    "distansjobb",
    "hemarbete",
    "hemifrån",
    "remote",
    "remotely",
    "wfh",
    "homeoffice",
    "télétravail",
    "teletravail",
    "smartworking",
];
/// Headline words after which "remote" means something else.
const NOT_IN_TITLE: [&str; 5] =
    [" remote sensing ", " remote control ", " remote monitoring ", " remote hands ", " remote site "];

const YES: [&str; 26] = [
    "arbeta på distans",
    "arbetar på distans",
    "arbete på distans",
    "jobba på distans",
    "jobbar på distans",
    "distansarbete",
    "arbeta hemifrån",
    "arbetar hemifrån",
    "jobba hemifrån",
    "jobbar hemifrån",
    "arbete hemifrån",
    "hemarbete",
    "work from home",
    "working from home",
    "work remotely",
    "working remotely",
    "fully remote",
    "100 remote",
    "remote work",
    "remote working",
    "remote position",
    "remote job",
    "wfh",
    "work from anywhere",
    "télétravail",
    "im homeoffice",
];
const NO: [&str; 22] = [
    "arbeta på distans nej",
    "arbete på distans nej",
    "distansarbete nej",
    "ej distansarbete",
    "inte distansarbete",
    "ej möjligt att arbeta på distans",
    "inte möjligt att arbeta på distans",
    "inte arbeta på distans",
    "ej arbeta på distans",
    "ej på distans",
    "inte på distans",
    "inte arbeta hemifrån",
    "ej arbeta hemifrån",
    "not remote",
    "no remote",
    "non remote",
    "not a remote",
    "not work remotely",
    "no work from home",
    "not work from home",
    "pas de télétravail",
    "on site only",
];

/// Reads headline and text: a plain no in the text wins, then a plain yes in either.
pub fn read(title: &str, text: &str) -> Remote {
    let padded_text = padded(text);
    if holds(&padded_text, &NO) {
        return Remote::No;
    }
    let padded_title = padded(title);
    let in_title = words(title).any(|word| IN_TITLE.contains(&word.as_str()));
    let misread = NOT_IN_TITLE.iter().any(|phrase| padded_title.contains(phrase));
    if (in_title && !misread) || holds(&padded_text, &YES) { Remote::Yes } else { Remote::Unknown }
}

fn holds(padded: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        padded.match_indices(phrase).any(|(at, _)| {
            let end = at + phrase.len();
            padded[..at].ends_with(' ') && padded[end..].starts_with(' ')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_and_phrases_say_yes() {
        assert_eq!(read("Säljare på distans", ""), Remote::Yes);
        assert_eq!(read("Support agent (Remote)", ""), Remote::Yes);
        assert_eq!(read("Utvecklare", "Du har möjlighet att arbeta hemifrån."), Remote::Yes);
        assert_eq!(read("Developer", "You may work from home two days a week."), Remote::Yes);
    }

    #[test]
    fn a_plain_no_wins() {
        assert_eq!(read("Handläggare", "Möjlighet att arbeta på distans: Nej"), Remote::No);
        assert_eq!(read("Engineer", "This is not a remote position."), Remote::No);
    }

    #[test]
    fn words_that_only_look_like_it_say_nothing() {
        for text in
            ["Utbildning på distans", "Drift av fjärrvärme", "remotely sensed data", "Vi ses på plats"]
        {
            assert_eq!(read("Ingenjör", text), Remote::Unknown, "{text}");
        }
        assert_eq!(read("Remote Sensing Scientist", ""), Remote::Unknown);
        assert_eq!(read("Lärare till distansutbildning", ""), Remote::Unknown);
    }
}
