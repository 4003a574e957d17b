//! The few values under which sightings that may be the same find each other.
//!
//! Two sightings that [`compare`](super::compare) would call the same share at least one key, but for texts
//! that changed almost everywhere; everything else is never looked at. That keeps a decision cheap however
//! many postings are stored.

use std::hash::Hasher;

use fnv::FnvHasher;
use serde::{Deserialize, Serialize};

use super::Fingerprint;
use super::sketch::mix;

/// One value to look candidates up by; an index of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlockingKey(u64);

impl BlockingKey {
    fn of(kind: u8, parts: &[&str]) -> Self {
        let mut hasher = FnvHasher::default();
        hasher.write_u8(kind);
        for part in parts {
            hasher.write(part.as_bytes());
            hasher.write_u8(0);
        }
        Self(mix(hasher.finish()))
    }

    /// As a database stores it.
    pub fn stored(self) -> i64 {
        i64::from_ne_bytes(self.0.to_ne_bytes())
    }
}

/// The keys of a sighting, at most eight. What its source calls it is none of them: a store knows it by that already.
pub fn keys(seen: &Fingerprint) -> Vec<BlockingKey> {
    let mut keys: Vec<BlockingKey> = Vec::with_capacity(8);
    keys.extend(seen.url.as_deref().map(|url| BlockingKey::of(b'u', &[url])));
    let title = seen.title.words.join(" ");
    if !seen.company.is_empty() {
        keys.push(BlockingKey::of(b't', &[&seen.company, &title]));
    }
    for landmark in seen.text.landmarks() {
        let landmark = landmark.to_string();
        keys.push(BlockingKey::of(b'l', &[&title, &landmark]));
        if !seen.company.is_empty() {
            keys.push(BlockingKey::of(b'c', &[&seen.company, &landmark]));
        }
    }
    keys
}
