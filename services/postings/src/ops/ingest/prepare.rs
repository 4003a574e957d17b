//! What can be done with entries before the database is asked, and so while it is busy: validating, hashing, and what
//! tells an ad from others.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use metier_core::Timestamp;

use crate::domain::{
    changes::content_hash,
    dedupe::{BlockingKey, Fingerprint, keys},
    dialect::{RawPosting, Rejection},
    posting::{Sighting, SightingKey, validate},
    sync_report::{Outcome, SyncReport},
};

/// A batch of entries, each judged on its own.
#[derive(Debug, Default)]
pub struct Prepared {
    pub(super) entries: Vec<Entry>,
    rejections: Vec<Rejection>,
    /// Entries that a later one of the same id made void.
    repeated: usize,
}

/// One valid entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub sighting: Sighting,
    pub content_hash: String,
    trace: OnceLock<Trace>,
}

/// What tells an ad from others, and the keys it is found under.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub fingerprint: Arc<Fingerprint>,
    pub keys: Vec<BlockingKey>,
}

/// Validates each entry on its own; of one id repeated in a batch the last counts. `stored` are the hashes of what is
/// stored, by id, as far as they are known: what has the same content again needs no fingerprint.
pub fn prepare(
    (source, now): (&str, Timestamp),
    batch: Vec<Result<RawPosting, Rejection>>,
    stored: &HashMap<String, String>,
) -> Prepared {
    let mut prepared = Prepared::default();
    let mut sightings: BTreeMap<SightingKey, Sighting> = BTreeMap::new();
    for entry in batch {
        match entry.and_then(|raw| validate(raw, source, now)) {
            Err(rejection) => prepared.rejections.push(rejection),
            Ok(sighting) => {
                let earlier = sightings.insert(sighting.key.clone(), sighting);
                prepared.repeated += usize::from(earlier.is_some());
            }
        }
    }
    prepared.entries = sightings.into_values().map(|sighting| Entry::of(sighting, stored)).collect();
    prepared
}

impl Prepared {
    /// The ids of the entries.
    pub(super) fn ids(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.sighting.key.original_id.clone()).collect()
    }

    /// Counts what will not be looked at any further.
    pub(super) fn account(&mut self, report: &mut SyncReport) {
        (0..self.repeated).for_each(|_| report.count(Outcome::Duplicate));
        std::mem::take(&mut self.rejections).into_iter().for_each(|rejection| report.reject(rejection));
    }
}

impl Entry {
    fn of(sighting: Sighting, stored: &HashMap<String, String>) -> Self {
        let content_hash = content_hash(&sighting.posting);
        let known = stored.get(&sighting.key.original_id) == Some(&content_hash);
        let entry = Self { sighting, content_hash, trace: OnceLock::new() };
        if !known {
            entry.trace();
        }
        entry
    }

    /// Worked out once, when first needed.
    pub fn trace(&self) -> &Trace {
        self.trace.get_or_init(|| {
            let fingerprint = Fingerprint::of(&self.sighting);
            Trace { keys: keys(&fingerprint), fingerprint: Arc::new(fingerprint) }
        })
    }
}
