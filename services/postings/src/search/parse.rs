//! What a person typed: words, `"phrases"`, and `-exclusions`. Nothing that is typed is an error.

use super::analyzer::words;

/// The most words of a search that count.
const MOST_WORDS: usize = 24;
/// The most characters of a search that are read.
const MOST_CHARS: usize = 400;

/// Words that nearly every text has, in both languages. They count only in phrases, or when nothing else was typed.
const COMMON: [&str; 60] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or",
    "our", "that", "the", "this", "to", "we", "will", "with", "you", "your", "alla", "att", "av", "de",
    "den", "det", "dig", "du", "eller", "en", "ett", "för", "från", "ha", "har", "hos", "i", "med", "men",
    "och", "om", "oss", "på", "samt", "sig", "som", "så", "till", "vara", "vi", "vid", "vår", "är", "jobb",
];

/// A search taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Words that must occur, in any form.
    pub words: Vec<String>,
    /// Sequences that must occur as written.
    pub phrases: Vec<Vec<String>>,
    /// Words that must not occur.
    pub excluded: Vec<String>,
}

impl Parsed {
    /// Whether there is anything to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.phrases.is_empty()
    }
}

/// Takes a search apart.
pub(super) fn parse(text: &str) -> Parsed {
    let text: String = text.chars().take(MOST_CHARS).collect();
    let mut parsed = Parsed::default();
    // Odd parts lie between quotation marks; a mark that is never closed quotes nothing.
    let parts: Vec<&str> = text.split('"').collect();
    let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 && at < closed {
            parsed.phrase(part);
        } else {
            part.split_whitespace().for_each(|word| parsed.word(word));
        }
    }
    parsed.limit();
    parsed
}

impl Parsed {
    fn phrase(&mut self, text: &str) {
        let mut found: Vec<String> = words(text).collect();
        match found.len() {
            0 => {}
            1 => self.words.append(&mut found),
            _ => self.phrases.push(found),
        }
    }

    fn word(&mut self, typed: &str) {
        let (into, typed) = match typed.strip_prefix('-') {
            Some(rest) => (&mut self.excluded, rest),
            None => (&mut self.words, typed),
        };
        into.extend(words(typed));
    }

    fn limit(&mut self) {
        let telling = |word: &String| !COMMON.contains(&word.as_str());
        if self.words.iter().any(telling) || !self.phrases.is_empty() {
            self.words.retain(telling);
        }
        let mut seen = std::collections::HashSet::new();
        self.words.retain(|word| seen.insert(word.clone()));
        self.words.truncate(MOST_WORDS);
        self.phrases.truncate(MOST_WORDS);
        self.excluded.truncate(MOST_WORDS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        let parsed = parse(r#"Rust "distributed systems" -php C++ "solo""#);
        assert_eq!(parsed.words, ["rust", "c++", "solo"]);
        assert_eq!(parsed.phrases, [["distributed", "systems"]]);
        assert_eq!(parsed.excluded, ["php"]);
    }

    #[test]
    fn common_words_count_only_when_nothing_else_was_typed() {
        assert_eq!(parse("jobb som kock").words, ["kock"]);
        assert_eq!(parse("att vara").words, ["att", "vara"]);
    }

    #[test]
    fn a_quotation_mark_left_open_quotes_nothing() {
        assert_eq!(parse("\"senior nurse").words, ["senior", "nurse"]);
        assert_eq!(parse("a \"b c\" \"d e").phrases, [["b", "c"]]);
    }

    proptest! {
        #[test]
        fn anything_typed_is_understood(text in "\\PC{0,80}") {
            prop_assert!(parse(&text).words.len() <= MOST_WORDS);
        }
    }
}
