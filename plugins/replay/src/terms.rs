//! The free-text search both boards share: every word must occur, a word with a minus must not.

/// A query, ready to be compared.
pub(crate) struct Terms {
    wanted: Vec<String>,
    unwanted: Vec<String>,
}

impl Terms {
    pub(crate) fn parse(query: &str) -> Self {
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for word in query.split_whitespace() {
            match word.strip_prefix('-') {
                Some(word) => unwanted.extend(words(word)),
                None => wanted.extend(words(word)),
            }
        }
        Self { wanted, unwanted }
    }

    pub(crate) fn match_text(&self, text: &str) -> bool {
        if self.wanted.is_empty() && self.unwanted.is_empty() {
            return true;
        }
        let found: Vec<String> = words(text).collect();
        self.wanted.iter().all(|word| found.contains(word))
            && !self.unwanted.iter().any(|word| found.contains(word))
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_occur_and_none_with_a_minus() {
        assert!(Terms::parse("psykiatrisk SJUKSKÖTERSKA").match_text("Sjuksköterska, psykiatrisk vård"));
        assert!(!Terms::parse("java").match_text("JavaScript developer"));
        assert!(!Terms::parse("kock -natt").match_text("Kock, natt"));
        assert!(Terms::parse("").match_text("anything"));
    }
}
