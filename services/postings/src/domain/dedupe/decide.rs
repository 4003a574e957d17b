//! Which canonical posting a sighting joins, given the stored sightings that share a key with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{Comparison, Fingerprint, Verdict, compare};
use crate::domain::posting::PostingId;

/// A stored sighting and the posting it belongs to now.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The posting, aliases resolved.
    pub posting: PostingId,
    /// The stored sighting; it is found under several keys.
    pub fingerprint: Arc<Fingerprint>,
}

/// The posting that a sighting was held against, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The posting.
    pub posting: PostingId,
    /// The comparison with the member of it that came closest.
    pub comparison: Comparison,
}

/// What becomes of a sighting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The posting to join; `None` founds a new one.
    pub posting: Option<PostingId>,
    /// Postings that this sighting proves to be the same as `posting`, to become aliases of it.
    pub absorbs: Vec<PostingId>,
    /// Why, for `posting` and each of `absorbs`.
    pub because: Vec<Link>,
    /// Postings that come close without being proven the same.
    pub related: Vec<Link>,
}

/// Pairs of postings that a person took apart. Nothing unites them again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Separations(BTreeSet<(PostingId, PostingId)>);

impl Separations {
    /// Keeps two postings apart.
    pub fn add(&mut self, a: PostingId, b: PostingId) {
        self.0.insert((a.min(b), a.max(b)));
    }

    /// Whether the two are kept apart.
    pub fn contains(&self, a: PostingId, b: PostingId) -> bool {
        self.0.contains(&(a.min(b), a.max(b)))
    }
}

/// Decides where a sighting belongs.
///
/// Among several postings it proves to be one, the oldest keeps its id, so links to it stay good.
pub fn decide(seen: &Fingerprint, candidates: &[Candidate], apart: &Separations) -> Decision {
    let links = closest(seen, candidates);
    let (same, rest): (Vec<Link>, Vec<Link>) =
        links.into_iter().partition(|link| link.comparison.verdict == Verdict::Same);
    let mut because: Vec<Link> = Vec::with_capacity(same.len());
    for link in same {
        if !because.iter().any(|taken| apart.contains(taken.posting, link.posting)) {
            because.push(link);
        }
    }
    let posting = because.iter().map(|link| link.posting).min();
    let absorbs = because.iter().map(|link| link.posting).filter(|id| Some(*id) != posting).collect();
    let related = rest.into_iter().filter(|link| link.comparison.verdict == Verdict::Related).collect();
    Decision { posting, absorbs, because, related }
}

/// The closest member of each posting, the closest posting first.
fn closest(seen: &Fingerprint, candidates: &[Candidate]) -> Vec<Link> {
    let mut best: BTreeMap<PostingId, Comparison> = BTreeMap::new();
    for candidate in candidates {
        let found = compare(seen, &candidate.fingerprint);
        let rank = |comparison: &Comparison| (comparison.verdict, comparison.score.to_bits());
        match best.get(&candidate.posting) {
            Some(known) if rank(known) >= rank(&found) => {}
            _ => {
                best.insert(candidate.posting, found);
            }
        }
    }
    let mut links: Vec<Link> =
        best.into_iter().map(|(posting, comparison)| Link { posting, comparison }).collect();
    links.sort_by(|a, b| {
        let by_score = b.comparison.score.total_cmp(&a.comparison.score);
        by_score.then(a.posting.cmp(&b.posting))
    });
    links
}
