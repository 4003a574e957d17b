//! Compounds by their last part: who looks for "utvecklare" means "mjukvaruutvecklare" too.
//!
//! Swedish and German write compounds as one word, and the last part says what it is. The vocabulary is the index's
//! own: the words of each segment, kept backwards and in order, so that all with one ending lie side by side and are
//! found without a walk through the rest. A segment never changes, so its words are gathered once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::schema::Field;
use tantivy::{Searcher, SegmentReader};

use super::error::SearchError;
use crate::domain::posting::fold;

/// Letters of the part looked for: what is shorter ends too many words by chance.
const SHORTEST_ENDING: usize = 5;
/// Letters of what comes before it.
const SHORTEST_BEGINNING: usize = 3;
/// Bytes of words that can be compounds of both.
const SHORTEST_WORD: usize = SHORTEST_ENDING + SHORTEST_BEGINNING;
const LONGEST_WORD: usize = 48;
/// Words kept of one segment.
const MOST_WORDS: usize = 300_000;
/// Compounds taken of one ending, the most frequent.
const MOST: usize = 16;

/// A word that may be a compound.
#[derive(Debug)]
struct Word {
    /// Folded, its letters in reverse.
    backwards: Box<str>,
    written: Box<str>,
    postings: u32,
}

/// The long words of one segment, by their endings.
#[derive(Debug, Default)]
struct Endings(Vec<Word>);

impl Endings {
    fn read(segment: &SegmentReader, field: Field) -> Result<Self, SearchError> {
        let index = segment.inverted_index(field)?;
        let mut terms = index.terms().stream()?;
        let mut words = Vec::new();
        while words.len() < MOST_WORDS && terms.advance() {
            let Ok(written) = std::str::from_utf8(terms.key()) else { continue };
            let may_be = (SHORTEST_WORD..=LONGEST_WORD).contains(&written.len());
            if may_be && written.chars().all(char::is_alphabetic) {
                let backwards: String = fold(written).chars().rev().collect();
                let postings = terms.value().doc_freq;
                words.push(Word { backwards: backwards.into(), written: written.into(), postings });
            }
        }
        words.sort_unstable_by(|a, b| a.backwards.cmp(&b.backwards));
        words.shrink_to_fit();
        Ok(Self(words))
    }

    /// Every word that ends so, itself among them.
    fn ending(&self, backwards: &str) -> &[Word] {
        let first = self.0.partition_point(|word| *word.backwards < *backwards);
        let rest = &self.0[first..];
        &rest[..rest.partition_point(|word| word.backwards.starts_with(backwards))]
    }
}

/// The compounds of the segments that one searcher sees.
#[derive(Clone, Debug, Default)]
pub(super) struct Compounds(HashMap<SegmentId, Arc<Endings>>);

impl Compounds {
    /// Those of a searcher's segments; what is known of them already is kept.
    pub fn of(searcher: &Searcher, field: Field, known: &Self) -> Result<Self, SearchError> {
        let mut all = HashMap::new();
        for segment in searcher.segment_readers() {
            let id = segment.segment_id();
            let endings = match known.0.get(&id) {
                Some(endings) => endings.clone(),
                None => Arc::new(Endings::read(segment, field)?),
            };
            all.insert(id, endings);
        }
        Ok(Self(all))
    }

    /// The most frequent compounds whose last part is this word in lower case, in any of its plain forms.
    pub fn ending_with(&self, word: &str) -> Vec<String> {
        let mut postings: HashMap<&str, u64> = HashMap::new();
        for ending in forms(&fold(word)) {
            let backwards: String = ending.chars().rev().collect();
            let words = self.0.values().flat_map(|endings| endings.ending(&backwards));
            for word in words.filter(|word: &&Word| is_beginning(&word.backwards[backwards.len()..])) {
                *postings.entry(&word.written).or_default() += u64::from(word.postings);
            }
        }
        let mut found: Vec<(&str, u64)> = postings.into_iter().collect();
        found.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        found.into_iter().take(MOST).map(|(written, _)| written.to_owned()).collect()
    }
}

/// The word as typed, and without its definite and plural endings: sköterskan, sköterskor and sköterskorna are
/// each a sköterska.
fn forms(word: &str) -> BTreeSet<String> {
    let stripped =
        |ending: &str, instead: &str| word.strip_suffix(ending).map(|bare| format!("{bare}{instead}"));
    let singular = [stripped("n", ""), stripped("na", ""), stripped("or", "a"), stripped("orna", "a")];
    let all = singular.into_iter().flatten().chain([word.to_owned()]);
    all.filter(|form| form.chars().count() >= SHORTEST_ENDING && !form.contains(' ')).collect()
}

/// Whether these letters, in whatever direction, can be the first part of a compound: long enough, with a vowel.
fn is_beginning(letters: &str) -> bool {
    letters.chars().count() >= SHORTEST_BEGINNING && letters.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compounds(words: &[&str]) -> Compounds {
        let word = |written: &&str| Word {
            backwards: fold(written).chars().rev().collect::<String>().into(),
            written: (*written).into(),
            postings: 1,
        };
        let mut endings: Vec<Word> = words.iter().map(word).collect();
        endings.sort_unstable_by(|a, b| a.backwards.cmp(&b.backwards));
        Compounds(HashMap::from([(SegmentId::generate_random(), Arc::new(Endings(endings)))]))
    }

    #[test]
    fn a_last_part_finds_its_compounds_in_any_plain_form_and_spelling() {
        let known = compounds(&["distriktssjuksköterska", "mjukvaruutvecklare", "utvecklare", "överläkare"]);
        for word in ["sjuksköterska", "sjuksköterskan", "sjuksköterskor", "sjuksköterskorna", "sjukskoterska"]
        {
            assert_eq!(known.ending_with(word), ["distriktssjuksköterska"], "{word}");
        }
        assert_eq!(known.ending_with("utvecklare"), ["mjukvaruutvecklare"]);
        assert_eq!(known.ending_with("läkare"), ["överläkare"]);
    }

    #[test]
    fn endings_by_chance_are_none() {
        let known = compounds(&["protester", "xyzartist", "avdelning"]);
        assert_eq!(known.ending_with("ning"), [] as [&str; 0], "too short a last part");
        assert_eq!(known.ending_with("delning"), [] as [&str; 0], "too short a first part");
    }

    proptest! {
        #[test]
        fn what_is_found_ends_so_and_is_bounded(words in proptest::collection::vec("[a-zåäö]{8,14}", 0..80), at in 0usize..80) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let Some(word) = words.get(at % words.len().max(1)) else { return Ok(()) };
            let ending: String = word.chars().skip(3).collect();
            let found = compounds(&words).ending_with(&ending);
            prop_assert!(found.len() <= MOST);
            let endings = forms(&fold(&ending));
            prop_assert!(found.iter().all(|found| endings.iter().any(|ending| fold(found).ends_with(ending))));
        }
    }
}
