//! The best few of many, by a key that no two results share.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};
use tantivy::DocAddress;
use uuid::Uuid;

/// What results are ordered by: the greater comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Key {
    /// The score's bits, or the moment of publication; both order as the numbers they stand for.
    pub rank: u64,
    /// Breaks ties, the older id first.
    pub id: Reverse<Uuid>,
}

impl Key {
    /// A score is never negative, so its bits order as it does.
    pub fn rank_of_score(score: f32) -> u64 {
        u64::from(score.max(0.0).to_bits())
    }

    /// Shifted so that moments before 1970 order too.
    pub fn rank_of_moment(micros: i64) -> u64 {
        (i128::from(micros) - i128::from(i64::MIN)) as u64
    }

    /// The score that a rank was made of.
    pub fn score(self) -> f32 {
        f32::from_bits(u32::try_from(self.rank).unwrap_or(0))
    }
}

/// Keeps the greatest few keys below a bound.
pub(super) struct Top {
    keep: usize,
    below: Option<Key>,
    kept: BinaryHeap<Reverse<(Key, DocAddress)>>,
}

impl Top {
    pub fn new(keep: usize, below: Option<Key>) -> Self {
        Self { keep, below, kept: BinaryHeap::with_capacity(keep + 1) }
    }

    /// Whether a result of this rank may have a place; spares looking up the id of most.
    pub fn may_take(&self, rank: u64) -> bool {
        if self.below.is_some_and(|bound| rank > bound.rank) {
            return false;
        }
        let worst = self.kept.peek().filter(|_| self.kept.len() >= self.keep);
        worst.is_none_or(|Reverse((worst, _))| rank >= worst.rank)
    }

    pub fn offer(&mut self, key: Key, address: DocAddress) {
        if self.below.is_some_and(|bound| key >= bound) {
            return;
        }
        self.kept.push(Reverse((key, address)));
        if self.kept.len() > self.keep {
            self.kept.pop();
        }
    }

    /// The kept ones, the greatest first.
    pub fn into_sorted(self) -> Vec<(Key, DocAddress)> {
        self.kept.into_sorted_vec().into_iter().map(|Reverse(kept)| kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_order_as_the_numbers_they_stand_for() {
        assert!(Key::rank_of_score(1.5) > Key::rank_of_score(0.25));
        assert!(Key::rank_of_moment(1) > Key::rank_of_moment(0));
        assert!(Key::rank_of_moment(0) > Key::rank_of_moment(-1));
    }

    proptest! {
        #[test]
        fn walking_by_keys_visits_each_once_in_order(
            ranks in proptest::collection::vec(0u64..6, 1..60),
            page in 1usize..7,
        ) {
            let all: Vec<Key> = ranks
                .iter()
                .enumerate()
                .map(|(at, rank)| Key { rank: *rank, id: Reverse(Uuid::from_u128(at as u128)) })
                .collect();
            let mut walked = Vec::new();
            loop {
                let mut top = Top::new(page, walked.last().copied());
                for key in &all {
                    if top.may_take(key.rank) {
                        top.offer(*key, DocAddress::new(0, 0));
                    }
                }
                let taken = top.into_sorted();
                if taken.is_empty() {
                    break;
                }
                walked.extend(taken.into_iter().map(|(key, _)| key));
            }
            let mut expected = all;
            expected.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(walked, expected);
        }
    }
}
