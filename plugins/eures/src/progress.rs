//! How far the source was read: what Metier keeps between syncs.
//!
//! A pass over all countries and queries is either a snapshot (everything the settings allow) or changes (ads newer than the
//! newest seen, part by part).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::Settings;

/// How far the source was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    snapshot: bool,
    #[serde(with = "time::serde::timestamp")]
    began: OffsetDateTime,
    #[serde(with = "time::serde::timestamp::option")]
    last_snapshot: Option<OffsetDateTime>,
    parts: BTreeMap<String, Place>,
}

/// How far one part was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Ads read in this pass.
    pub(crate) read: u64,
    /// Whether the pass is through with this part.
    pub(crate) done: bool,
    /// The newest ad seen in this pass.
    #[serde(with = "time::serde::timestamp::option")]
    pub(crate) newest: Option<OffsetDateTime>,
    /// The newest ad of the last pass that ran through here: older ads need not be asked for.
    #[serde(with = "time::serde::timestamp::option")]
    pub(crate) known: Option<OffsetDateTime>,
}

impl Progress {
    /// The progress a sync begins with, and whether it goes on with an unfinished pass.
    pub(crate) fn begin(kept: Option<Self>, settings: &Settings, now: OffsetDateTime) -> (Self, bool) {
        let names: Vec<String> = settings.parts().iter().map(|part| part.name()).collect();
        let Some(mut kept) = kept else { return (Self::snapshot(names, None, now), false) };
        kept.parts.retain(|name, _| names.contains(name));
        let unfinished = kept.parts.values().any(|place| !place.done);
        for name in &names {
            kept.parts.entry(name.clone()).or_default();
        }
        let due = kept
            .last_snapshot
            .is_none_or(|last| now - last >= Duration::hours(settings.snapshot_hours.into()));
        match (unfinished, due) {
            (true, _) => (kept, true),
            (false, true) => (Self::snapshot(names, kept.last_snapshot, now), false),
            (false, false) => (kept.changes(now), false),
        }
    }

    fn snapshot(names: Vec<String>, last_snapshot: Option<OffsetDateTime>, now: OffsetDateTime) -> Self {
        let parts = names.into_iter().map(|name| (name, Place::default())).collect();
        Self { snapshot: true, began: now, last_snapshot, parts }
    }

    fn changes(mut self, now: OffsetDateTime) -> Self {
        for place in self.parts.values_mut() {
            *place = Place { known: place.known, ..Place::default() };
        }
        Self { snapshot: false, began: now, ..self }
    }

    /// Whether the pass reads everything.
    pub(crate) fn is_snapshot(&self) -> bool {
        self.snapshot
    }

    /// A part's place.
    pub(crate) fn place(&mut self, name: &str) -> &mut Place {
        self.parts.entry(name.to_owned()).or_default()
    }

    /// How many days back a part is asked for, if not all.
    pub(crate) fn days(&self, place: &Place, settings: &Settings) -> Option<i64> {
        let since = place.known.map(|known| (self.began - known).whole_days().max(0) + 1);
        let set = settings.max_days_old.map(i64::from);
        since.into_iter().chain(set).min()
    }

    /// The pass ran through.
    pub(crate) fn finish(&mut self) {
        if self.snapshot {
            self.last_snapshot = Some(self.began);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-08 12:00 UTC);

    fn settings(args: &[&str]) -> Settings {
        metier_plugin_sdk::settings("test", args.iter().map(Into::into)).unwrap()
    }

    fn after_a_snapshot(settings: &Settings) -> Progress {
        let (mut progress, _) = Progress::begin(None, settings, NOW);
        let newest = Some(NOW - Duration::hours(30));
        *progress.place("fr|") = Place { read: 50, done: true, newest, known: newest };
        progress.finish();
        progress
    }

    #[test]
    fn changes_are_asked_for_from_the_day_of_the_newest_ad_on() {
        let settings = settings(&["--country", "fr"]);
        let (mut next, resumed) = Progress::begin(Some(after_a_snapshot(&settings)), &settings, NOW);
        let place = next.place("fr|").clone();
        assert!(!next.is_snapshot() && !resumed && place.read == 0);
        assert_eq!(next.days(&place, &settings), Some(2));
    }

    #[test]
    fn a_country_added_later_is_read_in_full() {
        let kept = after_a_snapshot(&settings(&["--country", "fr"]));
        let both = settings(&["--country", "fr,gb"]);
        let (mut next, _) = Progress::begin(Some(kept), &both, NOW);
        let place = next.place("gb|").clone();
        assert_eq!(next.days(&place, &both), None);
    }

    #[test]
    fn an_unfinished_pass_goes_on_and_an_old_one_begins_again() {
        let settings = settings(&["--country", "fr,gb"]);
        let (mut broken_off, _) = Progress::begin(None, &settings, NOW);
        broken_off.place("fr|").done = true;
        assert_eq!(Progress::begin(Some(broken_off.clone()), &settings, NOW), (broken_off.clone(), true));
        broken_off.place("gb|").done = true;
        broken_off.finish();
        let (next, resumed) = Progress::begin(Some(broken_off), &settings, NOW + Duration::days(7));
        assert!(next.is_snapshot() && !resumed);
    }
}
