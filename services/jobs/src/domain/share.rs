//! Who goes first when many lanes have tasks: the highest priority, and among equals everyone the same share.
//!
//! A claim is dealt out in rounds. A round takes part of those whose first task is of the highest priority, or has waited
//! for long enough (see [`rank`](super::rank)), gives each owner the same share of what is left of the claim, and splits
//! an owner's share over their lanes. Who has 100,000 tasks so delays the one task of somebody else by a claim at most.

use std::{collections::BTreeMap, time::Duration};

use metier_core::Timestamp;
use uuid::Uuid;

use super::rank;

/// A lane, and its first task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Lane id.
    pub lane: i64,
    /// Whose lane it is; zeros for nobody's.
    pub owner: Uuid,
    /// Rank of its first task.
    pub rank: i64,
}

/// What a claim may take from a lane in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Lane id.
    pub lane: i64,
    /// At most so many tasks; at least one.
    pub tasks: i64,
}

/// Deals out `left` tasks over the lanes. `turn` moves on with every claim of a worker, so that whoever gets more, or
/// gets anything at all when there are more owners than tasks to deal out, is somebody else each time.
pub fn round(heads: &[Head], left: i64, turn: usize, (now, ageing): (Timestamp, Duration)) -> Vec<Share> {
    let Some(highest) = heads.iter().map(|head| rank::priority(head.rank)).max() else { return Vec::new() };
    let mut owners: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for head in heads.iter().filter(|head| rank::goes_with(head.rank, highest, now, ageing)) {
        owners.entry(head.owner).or_default().push(head.lane);
    }
    let mut lanes: Vec<Vec<i64>> = owners.into_values().collect();
    let (count, wanted) = (lanes.len(), usize::try_from(left).unwrap_or(0));
    let served = wanted.min(count);
    let dealt = turn.wrapping_mul(served);
    lanes.rotate_left(dealt % count);
    lanes.truncate(served);
    let each = wanted.checked_div(served).unwrap_or(0);
    (dealt..).zip(lanes).flat_map(|(place, lanes)| split(lanes, each, place / count)).collect()
}

/// Splits an owner's share over their lanes.
fn split(mut lanes: Vec<i64>, share: usize, cycle: usize) -> impl Iterator<Item = Share> {
    lanes.sort_unstable();
    let (count, served) = (lanes.len(), share.min(lanes.len()));
    lanes.rotate_left(cycle.wrapping_mul(served) % count);
    lanes.truncate(served);
    let tasks = i64::try_from(share.checked_div(served).unwrap_or(0)).unwrap_or(i64::MAX);
    lanes.into_iter().map(move |lane| Share { lane, tasks })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AGEING: Duration = Duration::from_secs(60);
    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn head(lane: i64, owner: u128, priority: i64) -> Head {
        Head { lane, owner: Uuid::from_u128(owner), rank: rank::rank(NOW, priority, AGEING) }
    }

    fn lanes(shares: &[Share]) -> Vec<(i64, i64)> {
        shares.iter().map(|share| (share.lane, share.tasks)).collect()
    }

    #[test]
    fn owners_get_the_same_share_however_many_lanes_they_have() {
        let heads = [head(1, 1, 0), head(2, 2, 0), head(3, 2, 0)];
        assert_eq!(lanes(&round(&heads, 100, 0, (NOW, AGEING))), [(1, 50), (2, 25), (3, 25)]);
    }

    #[test]
    fn the_highest_priority_goes_first_and_who_has_waited_goes_with_it() {
        let waited = Head { rank: rank::rank(NOW.minus(AGEING * 3), 6, AGEING), ..head(3, 3, 0) };
        let heads = [head(1, 1, 0), head(2, 2, 9), waited];
        assert_eq!(lanes(&round(&heads, 10, 0, (NOW, AGEING))), [(2, 5), (3, 5)]);
    }

    proptest! {
        #[test]
        fn as_many_turns_as_there_are_owners_serve_each_of_them_as_often(
            owners in 1_u128..40, left in 1_i64..60, first in 0_usize..1_000,
        ) {
            let heads: Vec<Head> = (1..=owners).map(|owner| head(owner as i64, owner, 0)).collect();
            let mut served = BTreeMap::<i64, i64>::new();
            for turn in first..first + owners as usize {
                let shares = round(&heads, left, turn, (NOW, AGEING));
                prop_assert!(shares.iter().all(|share| share.tasks > 0));
                prop_assert!(shares.iter().map(|share| share.tasks).sum::<i64>() <= left);
                shares.iter().for_each(|share| *served.entry(share.lane).or_default() += share.tasks);
            }
            prop_assert_eq!(served.len(), heads.len());
            prop_assert!(served.values().all(|tasks| tasks == &served[&1]));
        }

        #[test]
        fn no_lane_of_any_owner_is_passed_over_for_ever(
            owned in proptest::collection::vec(1_i64..6, 1..12), left in 1_i64..20,
        ) {
            let owners = (1_u128..).zip(&owned).flat_map(|(owner, count)| (0..*count).map(move |_| owner));
            let heads: Vec<Head> = (1..).zip(owners).map(|(lane, owner)| head(lane, owner, 0)).collect();
            let turns = 0..owned.len() * 5 * 4 * 3;
            let served: std::collections::HashSet<i64> =
                turns.flat_map(|turn| round(&heads, left, turn, (NOW, AGEING))).map(|share| share.lane).collect();
            prop_assert_eq!(served.len(), heads.len());
        }

        #[test]
        fn as_many_turns_as_there_are_lanes_serve_each_of_an_owner(
            count in 1_i64..40, left in 1_i64..60, first in 0_usize..1_000,
        ) {
            let heads: Vec<Head> = (1..=count).map(|lane| head(lane, 1, 0)).collect();
            let turns = (first..).take(heads.len());
            let served: std::collections::HashSet<i64> =
                turns.flat_map(|turn| round(&heads, left, turn, (NOW, AGEING))).map(|share| share.lane).collect();
            prop_assert_eq!(served.len(), heads.len());
        }
    }
}
