//! When a posting ends. Absence proves nothing unless the source showed everything.
//!
//! - Only a **complete** snapshot may mark a sighting missing, and only the second complete one in a row ends it.
//! - The source's own expiry date or its own removal ends it at once.
//! - Seeing it again makes it live again, whatever was before.
//! - Legacy plugins never give a complete snapshot, so nothing of theirs ends by absence.
//!
//! A posting is on offer as long as one of its sightings is.

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Complete snapshots in a row that a sighting must miss to end.
const MISSES_TO_END: u32 = 2;

/// What one sync can prove by what it did not show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Snapshot {
    /// Everything the source has on offer was in it.
    Complete,
    /// A part, a change feed, a failed sync, or a legacy plugin's list.
    Partial,
}

/// Why a sighting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Two complete snapshots in a row did not show it.
    Missing,
    /// The source's own expiry date passed.
    Expired,
    /// The source took it down.
    Removed,
}

/// How a sighting stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Shown by the last sync that could tell.
    Live,
    /// Not shown by the last complete snapshot, or by so many in a row.
    Missing {
        /// Complete snapshots in a row that did not show it.
        misses: u32,
    },
    /// No longer on offer.
    Ended {
        /// Why.
        why: End,
        /// Since when.
        at: Timestamp,
    },
}

impl Standing {
    /// Whether it counts as on offer. One missed snapshot is not an end.
    pub fn is_on_offer(self) -> bool {
        !matches!(self, Self::Ended { .. })
    }

    /// After a sync showed it. A date that has passed ends it even so.
    #[must_use]
    pub fn seen(expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        Self::Live.at(expires_at, now)
    }

    /// After a sync ended at `now` without having shown it.
    #[must_use]
    pub fn unseen(self, snapshot: Snapshot, now: Timestamp) -> Self {
        let misses = match (snapshot, self) {
            (Snapshot::Partial, _) | (_, Self::Ended { .. }) => return self,
            (Snapshot::Complete, Self::Live) => 1,
            (Snapshot::Complete, Self::Missing { misses }) => misses + 1,
        };
        if misses < MISSES_TO_END {
            Self::Missing { misses }
        } else {
            Self::Ended { why: End::Missing, at: now }
        }
    }

    /// After the source said that it took it down.
    #[must_use]
    pub fn removed(self, at: Timestamp) -> Self {
        match self {
            Self::Ended { .. } => self,
            _ => Self::Ended { why: End::Removed, at },
        }
    }

    /// As time passes: the source's own date ends it.
    #[must_use]
    pub fn at(self, expires_at: Option<Timestamp>, now: Timestamp) -> Self {
        match expires_at {
            Some(end) if end <= now && self.is_on_offer() => Self::Ended { why: End::Expired, at: end },
            _ => self,
        }
    }
}

/// How a posting stands by its sightings: live if one is, else missing if one is, else ended with the last.
/// `None` when it has no sightings.
pub fn of_posting(sightings: &[Standing]) -> Option<Standing> {
    sightings.iter().copied().min_by_key(|standing| match standing {
        Standing::Live => (0, 0),
        Standing::Missing { misses } => (1, i64::from(*misses)),
        Standing::Ended { at, .. } => (2, -at.micros()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);
    const EARLIER: Timestamp = Timestamp::from_seconds(1_750_000_000);

    #[test]
    fn only_two_complete_snapshots_in_a_row_end_a_sighting() {
        let once = Standing::Live.unseen(Snapshot::Complete, NOW);
        assert_eq!(once, Standing::Missing { misses: 1 });
        assert!(once.is_on_offer());
        let twice = once.unseen(Snapshot::Partial, NOW).unseen(Snapshot::Complete, NOW);
        assert_eq!(twice, Standing::Ended { why: End::Missing, at: NOW });
    }

    #[test]
    fn being_seen_in_between_starts_the_count_again() {
        let seen = Standing::seen(None, NOW);
        assert_eq!(seen.unseen(Snapshot::Complete, NOW), Standing::Missing { misses: 1 });
    }

    #[test]
    fn the_sources_own_word_ends_it_at_once() {
        assert_eq!(Standing::Live.removed(NOW), Standing::Ended { why: End::Removed, at: NOW });
        let expired = Standing::seen(Some(EARLIER), NOW);
        assert_eq!(expired, Standing::Ended { why: End::Expired, at: EARLIER });
        assert_eq!(Standing::Live.at(Some(NOW), EARLIER), Standing::Live);
    }

    #[test]
    fn a_posting_is_on_offer_while_one_sighting_is() {
        let ended = Standing::Ended { why: End::Removed, at: NOW };
        assert_eq!(of_posting(&[ended, Standing::Live]), Some(Standing::Live));
        assert_eq!(
            of_posting(&[ended, Standing::Missing { misses: 1 }]),
            Some(Standing::Missing { misses: 1 })
        );
        assert_eq!(of_posting(&[ended]), Some(ended));
        assert_eq!(of_posting(&[]), None);
    }

    proptest! {
        #[test]
        fn partial_snapshots_never_end_anything(misses in 0u32..5, times in 0usize..20) {
            let mut standing = if misses == 0 { Standing::Live } else { Standing::Missing { misses } };
            let before = standing;
            for _ in 0..times {
                standing = standing.unseen(Snapshot::Partial, NOW);
            }
            prop_assert_eq!(standing, before);
        }
    }
}
