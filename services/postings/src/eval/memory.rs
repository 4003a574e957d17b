//! The store's part in de-duplication, in memory: looked up by key, decided, remembered.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use uuid::Uuid;

use crate::domain::dedupe::{
    BlockingKey, Candidate, Decision, Fingerprint, Lineage, Separations, decide, keys,
};
use crate::domain::posting::{PostingId, SightingKey};

/// Sightings with their keys and postings.
#[derive(Default)]
pub struct MemoryIndex {
    sightings: Vec<(PostingId, Arc<Fingerprint>)>,
    by_id: HashMap<SightingKey, Vec<usize>>,
    by_key: HashMap<BlockingKey, Vec<usize>>,
    lineage: Lineage,
    compared: u64,
}

impl MemoryIndex {
    /// Takes one sighting the way a sync does and returns the decision.
    pub fn take(&mut self, seen: Fingerprint) -> Decision {
        let keys = keys(&seen);
        let candidates = self.candidates(&seen.key, &keys);
        self.compared += candidates.len() as u64;
        let decision = decide(&seen, &candidates, &Separations::default());
        let posting = decision.posting.unwrap_or_else(|| self.next_id());
        for absorbed in &decision.absorbs {
            self.lineage.merge(posting, *absorbed);
        }
        let place = self.sightings.len();
        self.by_id.entry(seen.key.clone()).or_default().push(place);
        for key in keys {
            self.by_key.entry(key).or_default().push(place);
        }
        self.sightings.push((posting, Arc::new(seen)));
        decision
    }

    fn candidates(&self, own: &SightingKey, keys: &[BlockingKey]) -> Vec<Candidate> {
        let under = keys.iter().filter_map(|key| self.by_key.get(key));
        let places: BTreeSet<usize> = under.chain(self.by_id.get(own)).flatten().copied().collect();
        let candidate = |place: usize| {
            let (posting, fingerprint) = self.sightings.get(place)?;
            Some(Candidate { posting: self.lineage.resolve(*posting), fingerprint: fingerprint.clone() })
        };
        places.into_iter().filter_map(candidate).collect()
    }

    /// Ids count up, as time-ordered ones do.
    fn next_id(&self) -> PostingId {
        PostingId::from_uuid(Uuid::from_u128(self.sightings.len() as u128 + 1))
    }

    /// The posting of each sighting now, in the order they were taken.
    pub fn postings(&self) -> Vec<PostingId> {
        self.sightings.iter().map(|(posting, _)| self.lineage.resolve(*posting)).collect()
    }

    /// Comparisons made so far.
    pub fn compared(&self) -> u64 {
        self.compared
    }
}
