//! From text to the words that are indexed: as written, and as the stems of both languages.
//!
//! A word gets its Swedish and its English stem at the same place, without accents, so that a query finds it
//! in whichever language either was written. Stemming a word costs far more than looking it up, and the same
//! words come again and again: stems are remembered.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use fnv::FnvHashMap;
use rust_stemmers::{Algorithm, Stemmer};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::domain::posting::fold;

/// Longer words are no words.
const WORD_BYTES: usize = 60;
/// Words whose stems are remembered.
const REMEMBERED: usize = 100_000;

/// Name of the analyzer of words as written.
pub(super) const WORDS: &str = "metier_words";
/// Name of the analyzer of stems.
pub(super) const STEMS: &str = "metier_stems";

/// The words of a text in lower case.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    Places::of(text).map(|place| text[place].to_lowercase())
}

/// Replaces `into` by a word in lower case. Most words are plain letters, which is worth telling apart.
pub(super) fn push_lowercase(into: &mut String, word: &str) {
    into.clear();
    if word.is_ascii() {
        into.push_str(word);
        into.make_ascii_lowercase();
    } else {
        into.extend(word.chars().flat_map(char::to_lowercase));
    }
}

/// Where the words of a text lie. `+` and `#` after a word belong to it: C++, C#.
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Places<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Places<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + rest.find(char::is_alphanumeric)?;
            let word = &self.text[start..];
            let letters = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
            let signs = word[letters..].bytes().take_while(|byte| matches!(byte, b'+' | b'#')).count();
            self.at = start + letters + signs;
            if letters + signs <= WORD_BYTES {
                return Some(start..self.at);
            }
        }
    }
}

/// The different stems of one word: one or two.
pub(super) type Forms = Arc<[Box<str>]>;

/// Both stems of words. Clones remember together.
#[derive(Clone, Default)]
pub(super) struct Stems {
    known: Arc<Mutex<FnvHashMap<Box<str>, Forms>>>,
}

impl Stems {
    /// The stems of a word in lower case.
    pub fn of(&self, word: &str) -> Forms {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(forms) = known.get(word) {
            return forms.clone();
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let forms = forms(word);
        known.insert(word.into(), forms.clone());
        forms
    }
}

fn forms(word: &str) -> Forms {
    let swedish = folded(&Stemmer::create(Algorithm::Swedish).stem(indefinite(word)));
    let english = folded(&Stemmer::create(Algorithm::English).stem(word));
    if swedish == english { [swedish.into()].into() } else { [swedish.into(), english.into()].into() }
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
pub(super) struct WordAnalyzer {
    token: Token,
}

impl Tokenizer for WordAnalyzer {
    type TokenStream<'a> = WordStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream<'a> {
        self.token.reset();
        WordStream { text, places: Places::of(text), token: &mut self.token }
    }
}

pub(super) struct WordStream<'a> {
    text: &'a str,
    places: Places<'a>,
    token: &'a mut Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        let Some(place) = self.places.next() else { return false };
        push_lowercase(&mut self.token.text, &self.text[place.clone()]);
        (self.token.offset_from, self.token.offset_to) = (place.start, place.end);
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// Indexes stems, a word's two at one position.
#[derive(Clone, Default)]
pub(super) struct StemAnalyzer {
    words: WordAnalyzer,
    stems: Stems,
    token: Token,
}

impl StemAnalyzer {
    /// An analyzer that remembers stems together with others.
    pub fn remembering(stems: &Stems) -> Self {
        Self { stems: stems.clone(), ..Self::default() }
    }
}

impl Tokenizer for StemAnalyzer {
    type TokenStream<'a> = StemStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> StemStream<'a> {
        let words = self.words.token_stream(text);
        StemStream { words, stems: &self.stems, forms: Forms::default(), next: 0, token: &mut self.token }
    }
}

pub(super) struct StemStream<'a> {
    words: WordStream<'a>,
    stems: &'a Stems,
    /// The stems of the word at hand, and the next of them to give.
    forms: Forms,
    next: usize,
    token: &'a mut Token,
}

impl TokenStream for StemStream<'_> {
    fn advance(&mut self) -> bool {
        if self.next == self.forms.len() {
            if !self.words.advance() {
                return false;
            }
            let word = self.words.token();
            (self.token.offset_from, self.token.offset_to) = (word.offset_from, word.offset_to);
            self.token.position = word.position;
            self.forms = self.stems.of(&word.text);
            self.next = 0;
        }
        self.token.text.clear();
        self.token.text.push_str(self.forms.get(self.next).map(AsRef::as_ref).unwrap_or_default());
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share_a_stem(a: &str, b: &str) -> bool {
        let stems = Stems::default();
        let first = stems.of(a);
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
        let found: Vec<String> = words("C++, C# och Node.js (år)").collect();
        assert_eq!(found, ["c++", "c#", "och", "node", "js", "år"]);
    }

    proptest! {
        #[test]
        fn every_token_lies_where_it_says(text in "\\PC{0,60}") {
            let mut analyzer = WordAnalyzer::default();
            let mut stream = analyzer.token_stream(&text);
            while stream.advance() {
                let token = stream.token();
                prop_assert_eq!(text[token.offset_from..token.offset_to].to_lowercase().len(), token.text.len());
            }
        }

        #[test]
        fn every_word_gives_a_stem(text in "\\PC{0,60}") {
            let mut analyzer = StemAnalyzer::default();
            let mut stream = analyzer.token_stream(&text);
            let mut positions = std::collections::BTreeSet::new();
            while stream.advance() {
                prop_assert!(!stream.token().text.is_empty());
                positions.insert(stream.token().position);
            }
            prop_assert_eq!(positions.len(), words(&text).count());
        }
    }
}
