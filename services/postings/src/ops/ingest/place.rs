//! Which posting each new or changed sighting belongs to; later ones of a batch see the earlier ones.

use std::collections::{BTreeSet, HashMap};

use metier_db::Tx;
use sea_orm::DbErr;

use super::{Intake, prepare::Entry};
use crate::{
    domain::{
        dedupe::{BlockingKey, Candidate, Decision, Link, decide},
        posting::{PostingId, SightingKey},
        sync_report::SyncReport,
    },
    store::{
        merges::Merge,
        postings,
        sightings::{self, Known, Stored},
    },
};

/// What is to be written.
#[derive(Default)]
pub(super) struct Placed {
    pub stored: Vec<Stored>,
    pub merges: Vec<Merge>,
    /// Postings of this batch alone: nothing stored before belongs to them.
    pub founded: BTreeSet<PostingId>,
}

/// Decides for each sighting.
///
/// # Errors
/// When the database fails.
pub(super) async fn place(
    tx: &Tx,
    intake: Intake<'_>,
    changed: Vec<Entry>,
    known: &HashMap<SightingKey, Known>,
    report: &mut SyncReport,
) -> Result<Placed, DbErr> {
    let wanted = changed.iter().flat_map(|entry| entry.trace().keys.iter().copied()).collect();
    let pool = sightings::candidates(tx, wanted).await?;
    let around = pool.values().flatten().map(|candidate| candidate.posting).collect();
    let apart = postings::separations(tx, &around).await?;
    let mut placing = Placing { pool, moved: HashMap::new(), placed: Placed::default() };
    for entry in changed {
        let trace = entry.trace().clone();
        let decision = decide(&trace.fingerprint, &placing.candidates(&trace.keys, &entry), &apart);
        let home = known.get(&entry.sighting.key).map(|known| known.posting);
        let (posting, because) = placing.settle(intake, decision, home);
        if home.is_none() && !because.is_empty() {
            report.merge();
        }
        placing.remember(&trace.keys, &Candidate { posting, fingerprint: trace.fingerprint.clone() });
        let standing = intake.standing(&entry.sighting);
        placing.placed.stored.push(Stored {
            sighting: entry.sighting,
            content_hash: entry.content_hash,
            fingerprint: trace.fingerprint,
            keys: trace.keys,
            posting,
            because,
            standing,
            known: home.is_some(),
        });
    }
    Ok(placing.end())
}

struct Placing {
    /// Candidates by key, those of this batch among them.
    pool: HashMap<i64, Vec<Candidate>>,
    /// Postings that were absorbed, each by which.
    moved: HashMap<PostingId, PostingId>,
    placed: Placed,
}

impl Placing {
    /// The others that share a key, each once.
    fn candidates(&self, keys: &[BlockingKey], own: &Entry) -> Vec<Candidate> {
        let found = keys.iter().filter_map(|key| self.pool.get(&key.stored())).flatten();
        let mut met: BTreeSet<&SightingKey> = BTreeSet::from([&own.sighting.key]);
        let others = found.filter(|candidate| met.insert(&candidate.fingerprint.key));
        let now = |candidate: &Candidate| Candidate {
            posting: self.resolved(candidate.posting),
            fingerprint: candidate.fingerprint.clone(),
        };
        others.map(now).collect()
    }

    fn resolved(&self, id: PostingId) -> PostingId {
        let mut at = id;
        while let Some(next) = self.moved.get(&at) {
            at = *next;
        }
        at
    }

    /// A known sighting stays where it is; postings proven to be one are merged into the oldest.
    fn settle(
        &mut self,
        intake: Intake<'_>,
        decision: Decision,
        home: Option<PostingId>,
    ) -> (PostingId, Vec<Link>) {
        let proven = decision.posting.into_iter().chain(decision.absorbs).chain(home);
        let all: BTreeSet<PostingId> = proven.map(|id| self.resolved(id)).collect();
        let Some(survivor) = all.first().copied() else {
            let founded = intake.random.id(intake.now);
            self.placed.founded.insert(founded);
            return (founded, Vec::new());
        };
        for absorbed in all.into_iter().skip(1) {
            self.moved.insert(absorbed, survivor);
            let because = decision.because.clone();
            self.placed.merges.push(Merge { absorbed, survivor, home: survivor, because });
        }
        (survivor, decision.because)
    }

    fn remember(&mut self, keys: &[BlockingKey], candidate: &Candidate) {
        for key in keys {
            self.pool.entry(key.stored()).or_default().push(candidate.clone());
        }
    }

    /// Follows every merge to its end.
    fn end(mut self) -> Placed {
        let mut placed = std::mem::take(&mut self.placed);
        for stored in &mut placed.stored {
            stored.posting = self.resolved(stored.posting);
        }
        for merge in &mut placed.merges {
            merge.home = self.resolved(merge.survivor);
            for of_both in [merge.absorbed, merge.home] {
                placed.founded.remove(&of_both);
            }
        }
        placed
    }
}
