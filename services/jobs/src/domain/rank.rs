//! A task's place in line: one integer that the index holds, lower first, and that never has to be changed.
//!
//! It is the moment at which the task entered the line, moved forward by a length of time for each level of its
//! priority: the **ageing**. So a task that waits catches up with higher ones that come later, and nothing starves. The
//! lowest eight bits hold the priority itself, to tell it from the waiting.

use std::time::Duration;

use metier_core::Timestamp;

/// Bits that hold the priority.
const PRIORITY_BITS: u32 = 8;
/// What they hold for a priority of zero: the higher a priority, the less.
const NO_PRIORITY: i64 = 127;

/// The rank of a task that enters the line at a moment.
pub fn rank(entered: Timestamp, priority: i64, ageing: Duration) -> i64 {
    let moved = entered.micros().div_euclid(1_000_000) - priority * seconds(ageing);
    (moved << PRIORITY_BITS) | ((NO_PRIORITY - priority) & ((1 << PRIORITY_BITS) - 1))
}

/// The priority in a rank.
pub const fn priority(rank: i64) -> i64 {
    NO_PRIORITY - (rank & ((1 << PRIORITY_BITS) - 1))
}

/// Whether a task of this rank goes with those of priority `highest` that enter now: it is one of them, or has waited
/// the ageing once for each level that separates it from them.
pub fn goes_with(rank: i64, highest: i64, now: Timestamp, ageing: Duration) -> bool {
    let caught_up = (rank >> PRIORITY_BITS) + highest * seconds(ageing);
    priority(rank) >= highest || caught_up <= now.micros().div_euclid(1_000_000)
}

fn seconds(ageing: Duration) -> i64 {
    i64::try_from(ageing.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_level_of_priority_is_worth_a_minute_of_waiting() {
        let (now, before) = (at(1_800_000_000), at(1_800_000_000 - 61));
        assert!(rank(now, 1, MINUTE) < rank(now, 0, MINUTE));
        assert!(rank(before, 0, MINUTE) < rank(now, 1, MINUTE), "it has waited for longer than a minute");
        assert!(goes_with(rank(before, 0, MINUTE), 1, now, MINUTE));
        assert!(!goes_with(rank(before, 0, MINUTE), 2, now, MINUTE));
    }

    proptest! {
        #[test]
        fn a_rank_tells_its_priority_and_never_lets_a_task_starve(
            entered in 0_i64..4_000_000_000, left in -100_i64..=100, right in -100_i64..=100, later in 0_i64..100_000,
        ) {
            let (low, high) = (left.min(right), left.max(right));
            let early = rank(at(entered), low, MINUTE);
            prop_assert_eq!(priority(early), low);
            let waited_enough = later >= (high - low) * 60;
            prop_assert_eq!(goes_with(early, high, at(entered + later), MINUTE), waited_enough || low == high);
            if later > (high - low) * 60 {
                prop_assert!(early < rank(at(entered + later), high, MINUTE));
            }
        }
    }
}
