//! How posting ids stay good through merges, and how a merge is undone.
//!
//! A sighting is stored with the posting it first joined, for ever. A merge is one edge from the absorbed
//! posting to the surviving one; which posting a sighting belongs to now is found by following edges. So an
//! absorbed id stays an alias, and taking the edge away puts every sighting back where it was.

use std::collections::BTreeMap;

use crate::domain::posting::PostingId;

/// The merges among some postings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    edges: BTreeMap<PostingId, PostingId>,
}

impl Lineage {
    /// From stored edges `(absorbed, survivor)`.
    pub fn from_edges(edges: impl IntoIterator<Item = (PostingId, PostingId)>) -> Self {
        Self { edges: edges.into_iter().collect() }
    }

    /// The posting that `id` names now.
    pub fn resolve(&self, id: PostingId) -> PostingId {
        let mut at = id;
        // Edges always lead to an older id, so the walk ends; the bound guards against a damaged store.
        for _ in 0..=self.edges.len() {
            match self.edges.get(&at) {
                Some(next) => at = *next,
                None => break,
            }
        }
        at
    }

    /// Merges the postings that two ids name now and returns the new edge `(absorbed, survivor)`, or `None`
    /// when they are one already. The older id survives.
    pub fn merge(&mut self, a: PostingId, b: PostingId) -> Option<(PostingId, PostingId)> {
        let (a, b) = (self.resolve(a), self.resolve(b));
        if a == b {
            return None;
        }
        let edge = (a.max(b), a.min(b));
        self.edges.insert(edge.0, edge.1);
        Some(edge)
    }

    /// Takes back the merge of `absorbed` and returns the posting it had become part of.
    pub fn split(&mut self, absorbed: PostingId) -> Option<PostingId> {
        self.edges.remove(&absorbed)
    }

    /// All ids that name the same posting as `id` now, but for the survivor.
    pub fn aliases(&self, id: PostingId) -> Vec<PostingId> {
        let survivor = self.resolve(id);
        self.edges.keys().copied().filter(|alias| self.resolve(*alias) == survivor).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id(number: u128) -> PostingId {
        PostingId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn an_absorbed_id_stays_an_alias_and_a_split_brings_it_back() {
        let mut lineage = Lineage::default();
        assert_eq!(lineage.merge(id(3), id(2)), Some((id(3), id(2))));
        assert_eq!(lineage.merge(id(3), id(1)), Some((id(2), id(1))));
        assert_eq!(lineage.resolve(id(3)), id(1));
        assert_eq!(lineage.aliases(id(1)), [id(2), id(3)]);
        assert_eq!(lineage.merge(id(3), id(2)), None);
        assert_eq!(lineage.split(id(2)), Some(id(1)));
        assert_eq!(lineage.resolve(id(3)), id(2));
        assert_eq!(lineage.resolve(id(1)), id(1));
    }

    proptest! {
        #[test]
        fn merging_in_any_order_gives_the_same_survivors(
            pairs in proptest::collection::vec((0u128..12, 0u128..12), 0..20),
            seed in any::<u64>(),
        ) {
            let mut shuffled = pairs.clone();
            shuffled.sort_by_key(|(a, b)| (u64::try_from(a * 31 + b).unwrap_or(0) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let build = |pairs: &[(u128, u128)]| {
                let mut lineage = Lineage::default();
                for (a, b) in pairs {
                    lineage.merge(id(*a), id(*b));
                }
                lineage
            };
            let (one, other) = (build(&pairs), build(&shuffled));
            for number in 0..12 {
                prop_assert_eq!(one.resolve(id(number)), other.resolve(id(number)));
            }
        }
    }
}
