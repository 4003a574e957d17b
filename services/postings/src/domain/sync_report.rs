//! The honest account of one sync: every entry the source sent is in exactly one column.
//!
//! `fetched = new + updated + duplicate + rejected` holds by construction: counts change only through
//! [`SyncReport::count`] and [`SyncReport::reject`]. What looks like success but is none raises an [`Alarm`].

use serde::{Deserialize, Serialize};

use super::dialect::Rejection;

/// Rejections kept in full; the rest is counted.
const REJECTIONS_KEPT: usize = 100;
/// Warnings, and remarks, kept.
const REMARKS_KEPT: usize = 100;
/// Syncs of changes only that may bring nothing before that is worth a look.
const QUIET_SYNCS: u32 = 12;

/// What became of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A sighting not stored before.
    New,
    /// A known sighting whose content changed.
    Updated,
    /// A known sighting, unchanged.
    Duplicate,
}

/// Counts and reasons of one sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReport {
    fetched: u64,
    new: u64,
    updated: u64,
    duplicate: u64,
    rejected: u64,
    merged: u64,
    removed: u64,
    #[serde(default)]
    past_deadline: u64,
    rejections: Vec<Rejection>,
    warnings: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
}

impl SyncReport {
    /// Counts an entry that was taken.
    pub fn count(&mut self, outcome: Outcome) {
        self.fetched += 1;
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Duplicate => self.duplicate += 1,
        }
    }

    /// Counts an entry that was not taken, and keeps the reason of the first hundred.
    pub fn reject(&mut self, rejection: Rejection) {
        self.fetched += 1;
        self.rejected += 1;
        if self.rejections.len() < REJECTIONS_KEPT {
            self.rejections.push(rejection);
        }
    }

    /// Counts a new sighting that joined a posting known from elsewhere; it stays counted as new.
    pub fn merge(&mut self) {
        self.merged += 1;
    }

    /// Counts a removal told by the source. It is no posting, so it is not among the fetched.
    pub fn remove(&mut self) {
        self.removed += 1;
    }

    /// Counts an entry that was taken although its own deadline has passed, so that nobody will find it.
    pub fn past_deadline(&mut self) {
        self.past_deadline += 1;
    }

    /// Notes a part of the source that failed; the first hundred are kept.
    pub fn warn(&mut self, warning: impl Into<String>) {
        if self.warnings.len() < REMARKS_KEPT {
            self.warnings.push(warning.into());
        }
    }

    /// Notes what the plugin has to say of its sync; the first hundred are kept.
    pub fn remark(&mut self, note: impl Into<String>) {
        if self.notes.len() < REMARKS_KEPT {
            self.notes.push(note.into());
        }
    }

    /// Entries the source sent.
    pub fn fetched(&self) -> u64 {
        self.fetched
    }

    /// Sightings not stored before.
    pub fn new_sightings(&self) -> u64 {
        self.new
    }

    /// Known sightings that changed.
    pub fn updated(&self) -> u64 {
        self.updated
    }

    /// Known sightings that did not change.
    pub fn duplicate(&self) -> u64 {
        self.duplicate
    }

    /// Entries that were not taken.
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// New sightings that joined a posting of another sighting.
    pub fn merged(&self) -> u64 {
        self.merged
    }

    /// Removals told by the source.
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Entries that came past their own deadline.
    pub fn overdue(&self) -> u64 {
        self.past_deadline
    }

    /// Adds the account of a further part of the sync.
    pub fn add(&mut self, part: Self) {
        for (into, from) in [
            (&mut self.fetched, part.fetched),
            (&mut self.new, part.new),
            (&mut self.updated, part.updated),
            (&mut self.duplicate, part.duplicate),
            (&mut self.rejected, part.rejected),
            (&mut self.merged, part.merged),
            (&mut self.removed, part.removed),
            (&mut self.past_deadline, part.past_deadline),
        ] {
            *into += from;
        }
        let free = REJECTIONS_KEPT.saturating_sub(self.rejections.len());
        self.rejections.extend(part.rejections.into_iter().take(free));
        part.warnings.into_iter().for_each(|warning| self.warn(warning));
        part.notes.into_iter().for_each(|note| self.remark(note));
    }

    /// The first rejections, with reasons.
    pub fn rejections(&self) -> &[Rejection] {
        &self.rejections
    }

    /// Parts of the source that failed.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What the plugin had to say, such as how many ads it met twice.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// What about this sync deserves a look although nothing failed. `announced` is what the plugin says it
    /// sent, removals included.
    pub fn alarms(&self, past: &Past, announced: Option<u64>) -> Vec<Alarm> {
        let received = self.fetched + self.removed;
        let short = announced.filter(|announced| *announced != received);
        let silent = self.fetched == 0 && past.ever_fetched;
        let suspicious = past.whole_list || past.quiet_syncs + 1 >= QUIET_SYNCS;
        let shrunk = past.whole_list && self.fetched > 0 && self.fetched * 2 < past.last_fetched;
        [
            short.map(|announced| Alarm::CountsDisagree { announced, received }),
            (silent && suspicious).then_some(Alarm::SilentZero { quiet_syncs: past.quiet_syncs + 1 }),
            (self.fetched > 0 && self.rejected == self.fetched).then_some(Alarm::AllRejected),
            shrunk.then_some(Alarm::Shrunk { before: past.last_fetched, now: self.fetched }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// What the earlier syncs of the source tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Whether any sync ever brought something.
    pub ever_fetched: bool,
    /// Syncs in a row, up to the last, that brought nothing.
    pub quiet_syncs: u32,
    /// What the last sync that brought something brought.
    pub last_fetched: u64,
    /// Whether the source sends its whole list each time, so that nothing new is still something.
    pub whole_list: bool,
}

/// A sync that succeeded and yet deserves a look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "alarm")]
pub enum Alarm {
    /// Nothing came from a source that used to bring something.
    #[error("the source brought nothing, {quiet_syncs} times in a row, though it used to")]
    SilentZero {
        /// Syncs in a row without anything.
        quiet_syncs: u32,
    },
    /// Something came and nothing of it could be taken.
    #[error("every posting was rejected")]
    AllRejected,
    /// The plugin counted otherwise.
    #[error("the plugin says it sent {announced}, {received} arrived")]
    CountsDisagree {
        /// What the plugin says.
        announced: u64,
        /// What arrived.
        received: u64,
    },
    /// A whole list is less than half as long as the last.
    #[error("the list shrank from {before} to {now}")]
    Shrunk {
        /// Length of the last list.
        before: u64,
        /// Length now.
        now: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rejection(position: usize) -> Rejection {
        Rejection { position, original_id: None, field: "title".into(), reason: "is missing".into() }
    }

    const WHOLE: Past = Past { ever_fetched: true, quiet_syncs: 0, last_fetched: 50, whole_list: true };

    #[test]
    fn a_silent_zero_is_an_alarm() {
        let nothing = SyncReport::default();
        assert_eq!(nothing.alarms(&WHOLE, None), [Alarm::SilentZero { quiet_syncs: 1 }]);
        assert_eq!(nothing.alarms(&Past::default(), None), [], "a first sync may find nothing");
        let changes_only = Past { whole_list: false, ..WHOLE };
        assert_eq!(nothing.alarms(&changes_only, None), [], "no change is no news");
        let for_long = Past { quiet_syncs: 11, ..changes_only };
        assert_eq!(nothing.alarms(&for_long, None), [Alarm::SilentZero { quiet_syncs: 12 }]);
    }

    #[test]
    fn a_list_that_cannot_be_true_is_an_alarm() {
        let mut report = SyncReport::default();
        report.reject(rejection(0));
        let alarms = report.alarms(&WHOLE, Some(3));
        let expected = [
            Alarm::CountsDisagree { announced: 3, received: 1 },
            Alarm::AllRejected,
            Alarm::Shrunk { before: 50, now: 1 },
        ];
        assert_eq!(alarms, expected);
        assert_eq!(alarms[0].to_string(), "the plugin says it sent 3, 1 arrived");
    }

    #[test]
    fn a_source_that_never_stops_warning_fills_no_memory() {
        let mut report = SyncReport::default();
        for _ in 0..10_000 {
            report.warn("slow");
            report.remark("again");
        }
        assert_eq!((report.warnings().len(), report.notes().len()), (REMARKS_KEPT, REMARKS_KEPT));
    }

    proptest! {
        #[test]
        fn every_entry_is_in_exactly_one_column(steps in proptest::collection::vec(0u8..6, 0..300), cut in 0usize..300) {
            let (mut report, mut rest) = (SyncReport::default(), SyncReport::default());
            for (position, step) in steps.iter().enumerate() {
                let report = if position < cut { &mut report } else { &mut rest };
                match step {
                    0 => report.count(Outcome::New),
                    1 => report.count(Outcome::Updated),
                    2 => report.count(Outcome::Duplicate),
                    3 => report.merge(),
                    4 => report.remove(),
                    _ => report.reject(rejection(position)),
                }
            }
            report.add(rest);
            prop_assert_eq!(steps.iter().filter(|step| **step < 3 || **step == 5).count() as u64, report.fetched());
            let sum = report.new_sightings() + report.updated() + report.duplicate() + report.rejected();
            prop_assert_eq!(report.fetched(), sum);
            prop_assert!(report.rejections().len() <= REJECTIONS_KEPT);
        }
    }
}
