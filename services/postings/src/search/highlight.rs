//! The part of a text worth showing, and where in it the search matched.
//!
//! This runs over every word of twenty texts for each page, so a word is stemmed only when its first letter is
//! that of a stem looked for: a stem keeps its word's beginning.

use std::ops::Range;

use serde::Serialize;

use super::analyzer::{Places, Stems, push_lowercase};
use crate::domain::posting::fold;

/// Bytes of a text's part that is shown.
const SNIPPET_BYTES: usize = 240;
/// Bytes shown before the first match.
const LEAD_BYTES: usize = 60;
/// Bytes at the start of a text in which that part is looked for.
const SEARCHED_BYTES: usize = 16_000;

/// Text with marked places. Plain text: whoever shows it escapes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// The text.
    pub text: String,
    /// Byte ranges of `text` that matched, in order, not overlapping.
    pub marks: Vec<Range<usize>>,
}

/// Marks what one search matched.
pub(super) struct Highlighter<'a> {
    wanted: Vec<Box<str>>,
    initials: Vec<char>,
    stems: &'a Stems,
}

/// One matching word: where it stands, and which of the wanted stems it has.
struct Match {
    place: Range<usize>,
    wanted: usize,
}

impl<'a> Highlighter<'a> {
    /// Marks words that have one of the wanted stems.
    pub fn new(wanted: Vec<Box<str>>, stems: &'a Stems) -> Self {
        let mut initials: Vec<char> = wanted.iter().filter_map(|stem| stem.chars().next()).collect();
        initials.sort_unstable();
        initials.dedup();
        Self { wanted, initials, stems }
    }

    /// The whole title with its marks.
    pub fn title(&self, title: &str) -> Marked {
        let marks = self.matches(title).into_iter().map(|found| found.place).collect();
        Marked { text: title.to_owned(), marks }
    }

    /// The part of a text with the most different matches, or its beginning when nothing in it matched.
    pub fn snippet(&self, text: &str) -> Marked {
        let searched = &text[..text.floor_char_boundary(SEARCHED_BYTES)];
        let matches = self.matches(searched);
        let first = best_start(&matches).map_or(0, |found| found.place.start);
        let part = part_around(text, first);
        let inside = |place: &Range<usize>| part.start <= place.start && place.end <= part.end;
        let places = matches.into_iter().map(|found| found.place).filter(inside);
        let marks = places.map(|place| place.start - part.start..place.end - part.start).collect();
        Marked { text: text[part].to_owned(), marks }
    }

    fn matches(&self, text: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        let mut word = String::new();
        for place in Places::of(text) {
            if !self.may_match(&text[place.clone()]) {
                continue;
            }
            push_lowercase(&mut word, &text[place.clone()]);
            let forms = self.stems.of(&word);
            if let Some(wanted) = self.wanted.iter().position(|wanted| forms.contains(wanted)) {
                matches.push(Match { place, wanted });
            }
        }
        matches
    }

    fn may_match(&self, word: &str) -> bool {
        let Some(first) = word.chars().next() else { return false };
        let first = if first.is_ascii() {
            first.to_ascii_lowercase()
        } else {
            fold(first.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(first)
        };
        self.initials.contains(&first)
    }
}

/// The match from which a part of the usual length holds the most different ones, then the most.
fn best_start(matches: &[Match]) -> Option<&Match> {
    let worth = |at: usize| {
        let start = matches[at].place.start;
        let window =
            matches[at..].iter().take_while(|found| found.place.end - start <= SNIPPET_BYTES - LEAD_BYTES);
        let mut different: Vec<usize> = window.map(|found| found.wanted).collect();
        let all = different.len();
        different.sort_unstable();
        different.dedup();
        (different.len(), all)
    };
    let best = (0..matches.len()).rev().max_by_key(|at| worth(*at))?;
    matches.get(best)
}

/// So much of a text around a place, beginning and ending between words.
fn part_around(text: &str, place: usize) -> Range<usize> {
    let near = text.floor_char_boundary(place.saturating_sub(LEAD_BYTES));
    let start = match text[near..place].find(char::is_whitespace) {
        Some(space) if near > 0 => near + space + 1,
        _ => near,
    };
    let start = text.ceil_char_boundary(start);
    let far = text.floor_char_boundary(start + SNIPPET_BYTES);
    let end = match text[start..far].rfind(char::is_whitespace) {
        Some(space) if far < text.len() && start + space > place => start + space,
        _ => far,
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wanted(stems: &[&str]) -> Vec<Box<str>> {
        stems.iter().map(|stem| (*stem).into()).collect()
    }

    fn marked(of: &Marked) -> Vec<&str> {
        of.marks.iter().map(|mark| &of.text[mark.clone()]).collect()
    }

    #[test]
    fn inflections_are_marked_where_they_stand() {
        let stems = Stems::default();
        let highlighter = Highlighter::new(wanted(&["sjukskotersk", "overlakar"]), &stems);
        let title = highlighter.title("Vi söker sjuksköterskor, en sjuksköterska och en Överläkare");
        assert_eq!(marked(&title), ["sjuksköterskor", "sjuksköterska", "Överläkare"]);
    }

    #[test]
    fn the_part_with_most_matches_is_shown_with_what_comes_before() {
        let stems = Stems::default();
        let text =
            format!("nurse {} a good night nurse at the end {}", "word ".repeat(300), "more ".repeat(300));
        let found = Highlighter::new(wanted(&["nurs", "night"]), &stems).snippet(&text);
        assert_eq!(marked(&found), ["night", "nurse"]);
        assert!(found.text.starts_with("word") && found.text.ends_with("more"), "{found:?}");
        let nothing = Highlighter::new(wanted(&["cook"]), &stems).snippet(&text);
        assert!(nothing.text.starts_with("nurse word") && nothing.marks.is_empty());
    }

    proptest! {
        #[test]
        fn every_mark_lies_within_the_part(text in "[a-zåäöÅß \u{a0}—]{0,400}", stem in "[a-z]{1,2}") {
            let stems = Stems::default();
            let found = Highlighter::new(wanted(&[&stem]), &stems).snippet(&text);
            prop_assert!(found.text.len() <= SNIPPET_BYTES && text.contains(&found.text));
            for mark in found.marks {
                prop_assert!(found.text.get(mark).is_some());
            }
        }
    }
}
