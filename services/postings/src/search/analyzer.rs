//! From text to the words that are indexed: as written, and as the stems of both languages.
//!
//! A word gets its Swedish and its English stem at the same place, without accents, so that a query finds it
//! in whichever language either was written. Stemming a word costs far more than looking it up, and the same
//! words come again and again: stems are remembered.

use std::collections::HashMap;
use std::ops::Range;

use rust_stemmers::{Algorithm, Stemmer};
use tantivy::tokenizer::{PreTokenizedStream, PreTokenizedString, Token, Tokenizer};

use crate::domain::posting::fold;

/// Longer words are no words.
const WORD_BYTES: usize = 60;
/// Words whose stems are remembered by one analyzer.
const REMEMBERED: usize = 40_000;

/// Name of the analyzer of words as written.
pub(super) const WORDS: &str = "metier_words";
/// Name of the analyzer of stems.
pub(super) const STEMS: &str = "metier_stems";

/// The words of a text in lower case with their places. `+` and `#` after a word belong to it: C++, C#.
pub(super) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, _) = rest.by_ref().find(|(_, c)| c.is_alphanumeric())?;
            let mut end = text.len();
            let mut after_word = false;
            while let Some((at, c)) = rest.peek().copied() {
                let sign = matches!(c, '+' | '#');
                if !(sign || (c.is_alphanumeric() && !after_word)) {
                    end = at;
                    break;
                }
                after_word = sign;
                rest.next();
            }
            if end - start <= WORD_BYTES {
                return Some((start..end, text[start..end].to_lowercase()));
            }
        }
    })
}

/// Both stems of words.
pub(super) struct Stems {
    swedish: Stemmer,
    english: Stemmer,
    known: HashMap<String, Vec<String>>,
}

impl Default for Stems {
    fn default() -> Self {
        let stemmer = Stemmer::create;
        Self {
            swedish: stemmer(Algorithm::Swedish),
            english: stemmer(Algorithm::English),
            known: HashMap::new(),
        }
    }
}

impl Clone for Stems {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Stems {
    /// The different stems of a word in lower case: one or two.
    pub fn of(&mut self, word: &str) -> &[String] {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        if !self.known.contains_key(word) {
            let mut stems =
                vec![folded(&self.swedish.stem(indefinite(word))), folded(&self.english.stem(word))];
            stems.dedup();
            self.known.insert(word.to_owned(), stems);
        }
        self.known.get(word).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The Swedish stemmer leaves the definite form of words in -a as it is (sköterskan, of sköterska), so it is
/// taken off first. Short words are left alone: plan, roman and organ end so by themselves.
fn indefinite(word: &str) -> &str {
    let bare = word.strip_suffix("ans").or_else(|| word.strip_suffix("an"));
    match bare {
        Some(bare) if bare.chars().count() >= 5 => &word[..=bare.len()],
        _ => word,
    }
}

/// Without accents, but never empty: a word of another script is kept as it is.
fn folded(stem: &str) -> String {
    let folded = fold(stem).replace(' ', "");
    if folded.is_empty() { stem.to_owned() } else { folded }
}

/// Indexes words as written.
#[derive(Clone, Default)]
pub(super) struct WordAnalyzer;

impl Tokenizer for WordAnalyzer {
    type TokenStream<'a> = PreTokenizedStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PreTokenizedStream {
        let token =
            |(position, (place, text)): (usize, (Range<usize>, String))| token(position, &place, text);
        stream(words(text).enumerate().map(token).collect())
    }
}

/// Indexes stems.
#[derive(Clone, Default)]
pub(super) struct StemAnalyzer {
    stems: Stems,
}

impl Tokenizer for StemAnalyzer {
    type TokenStream<'a> = PreTokenizedStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PreTokenizedStream {
        let mut tokens = Vec::new();
        for (position, (place, word)) in words(text).enumerate() {
            for stem in self.stems.of(&word) {
                tokens.push(token(position, &place, stem.clone()));
            }
        }
        stream(tokens)
    }
}

fn token(position: usize, place: &Range<usize>, text: String) -> Token {
    Token { offset_from: place.start, offset_to: place.end, position, text, position_length: 1 }
}

fn stream(tokens: Vec<Token>) -> PreTokenizedStream {
    PreTokenizedString { text: String::new(), tokens }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share_a_stem(a: &str, b: &str) -> bool {
        let mut stems = Stems::default();
        let first = stems.of(a).to_vec();
        stems.of(b).iter().any(|stem| first.contains(stem))
    }

    #[test]
    fn inflections_share_a_stem_in_both_languages() {
        for (a, b) in [
            ("sjuksköterska", "sjuksköterskor"),
            ("sjuksköterska", "sjukskoterskan"),
            ("förskolan", "förskolor"),
            ("utvecklare", "utvecklaren"),
            ("developer", "developers"),
            ("nursing", "nurses"),
        ] {
            assert!(share_a_stem(a, b), "{a} {b}");
        }
        assert!(!share_a_stem("kock", "snickare"));
    }

    #[test]
    fn signs_that_make_the_word_stay_with_it() {
        let found: Vec<String> = words("C++, C# och Node.js (år)").map(|(_, word)| word).collect();
        assert_eq!(found, ["c++", "c#", "och", "node", "js", "år"]);
    }

    proptest! {
        #[test]
        fn every_word_lies_where_it_says(text in "\\PC{0,60}") {
            for (place, word) in words(&text) {
                prop_assert_eq!(text[place].to_lowercase(), word);
            }
        }
    }
}
