//! A text reduced to a few hundred bytes that still tell how much of it another text shares.
//!
//! Two samples of the text's three-word shingles are kept: all of its first words, because aggregators cut
//! texts short, and the smallest hashes of the whole, an even sample whose overlap estimates the share in
//! common. Hashes are stable between versions and machines, as they are stored.

use std::hash::Hasher;

use fnv::FnvHasher;
use serde::{Deserialize, Serialize};

use crate::domain::posting::fold;

/// Words of one shingle.
const SHINGLE: usize = 3;
/// Words at the start of a text that are kept completely.
const HEAD_WORDS: usize = 64;
/// Hashes kept of the whole text.
const SAMPLE: usize = 96;
/// Texts shorter than this prove nothing.
const FEWEST_WORDS: u32 = 25;
/// A text this many times longer than another is compared by its start only.
const MUCH_LONGER: u32 = 3;

/// What is kept of a posting's text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSketch {
    /// Words of the text.
    words: u32,
    /// Whether the source cut it short.
    cut: bool,
    /// Shingles of the first words, sorted.
    head: Vec<u32>,
    /// The smallest shingle hashes of the whole, sorted.
    sample: Vec<u32>,
}

impl TextSketch {
    /// Sketches a text.
    pub fn of(text: &str) -> Self {
        let folded = fold(text);
        let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
        let cut = text.trim_end().ends_with('…') || text.trim_end().ends_with("...");
        // The last word of a cut text may be half a word.
        let whole = if cut { words.split_last().map_or(&[][..], |(_, whole)| whole) } else { &words[..] };
        let mut sample = shingles(whole);
        let head = shingles(&whole[..whole.len().min(HEAD_WORDS)]);
        sample.truncate(SAMPLE);
        Self { words: u32::try_from(whole.len()).unwrap_or(u32::MAX), cut, head, sample }
    }

    /// The share of the texts that is the same, from 0 to 1; `None` when one is too short to tell.
    pub fn similarity(&self, other: &Self) -> Option<f32> {
        if self.words.min(other.words) < FEWEST_WORDS {
            return None;
        }
        let much_longer = self.words.max(other.words) / MUCH_LONGER >= self.words.min(other.words);
        if self.cut || other.cut || much_longer {
            return Some(share(&self.head, &other.head, self.head.len().min(other.head.len())));
        }
        Some(estimate(&self.sample, &other.sample))
    }

    /// A few shingles that near-equal texts very likely share, for finding each other.
    pub(super) fn landmarks(&self) -> &[u32] {
        if self.words < FEWEST_WORDS { &[] } else { &self.head[..self.head.len().min(3)] }
    }
}

/// The hashes of all shingles, sorted, each once.
fn shingles(words: &[&str]) -> Vec<u32> {
    let mut hashes: Vec<u32> = words.windows(SHINGLE).map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// FNV with a final mix, without which its small values are no even sample.
fn hash(words: &[&str]) -> u32 {
    let mut hasher = FnvHasher::default();
    for word in words {
        hasher.write(word.as_bytes());
        hasher.write_u8(b' ');
    }
    mix(hasher.finish()) as u32
}

/// Spreads every input bit over all output bits.
pub(super) fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

fn share(a: &[u32], b: &[u32], of: usize) -> f32 {
    let common = a.iter().filter(|hash| b.binary_search(hash).is_ok()).count();
    if of == 0 { 0.0 } else { common as f32 / of as f32 }
}

/// Of the smallest hashes of both together, the share that both have: an unbiased estimate of what all share.
fn estimate(a: &[u32], b: &[u32]) -> f32 {
    let mut union: Vec<u32> = a.iter().chain(b).copied().collect();
    union.sort_unstable();
    union.dedup();
    union.truncate(a.len().max(b.len()));
    let both = union.iter().filter(|hash| a.binary_search(hash).is_ok() && b.binary_search(hash).is_ok());
    let both = both.count();
    if union.is_empty() { 0.0 } else { both as f32 / union.len() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: usize, to: usize) -> String {
        (from..to).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ")
    }

    fn similarity(a: &str, b: &str) -> Option<f32> {
        TextSketch::of(a).similarity(&TextSketch::of(b))
    }

    #[test]
    fn equal_texts_are_fully_alike_and_strangers_are_not() {
        assert_eq!(similarity(&text(0, 400), &text(0, 400)), Some(1.0));
        assert_eq!(similarity(&text(0, 400), &text(400, 800)), Some(0.0));
    }

    #[test]
    fn a_cut_text_is_like_the_whole_it_was_cut_from() {
        let cut = format!("{}…", text(0, 80));
        assert!(similarity(&cut, &text(0, 900)).unwrap() > 0.9);
    }

    #[test]
    fn the_estimate_is_near_the_true_share() {
        let estimated = similarity(&text(0, 1_000), &text(250, 1_250)).unwrap();
        assert!((estimated - 0.6).abs() < 0.15, "{estimated}");
    }

    #[test]
    fn short_texts_prove_nothing() {
        assert_eq!(similarity("Apply now", "Apply now"), None);
    }
}
