//! How far the source was read: what Metier keeps between syncs.
//!
//! A pass over all queries is either a snapshot (everything) or changes (what was published since the last pass).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::{Settings, ad::moment};

/// Ads that were published while the last sync ran may show up a little late.
const OVERLAP: Duration = Duration::minutes(10);

/// How far the source was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Whether the running pass, or the last one if none runs, is a snapshot.
    snapshot: bool,
    /// When that pass began.
    #[serde(with = "time::serde::timestamp")]
    began: OffsetDateTime,
    /// When the last snapshot that ran through began.
    #[serde(with = "time::serde::timestamp::option")]
    last_snapshot: Option<OffsetDateTime>,
    /// The filters the pass was made with.
    filters: String,
    /// Each query's place.
    queries: BTreeMap<String, Place>,
}

/// How far one query was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Publication time to ask from, Stockholm's.
    pub(crate) from: Option<String>,
    /// Ads of that second and the next already read.
    pub(crate) offset: usize,
    /// Whether the pass is through with this query.
    pub(crate) done: bool,
}

impl Progress {
    /// The progress a sync begins with, and whether it goes on with an unfinished pass.
    pub(crate) fn begin(kept: Option<Self>, settings: &Settings, now: OffsetDateTime) -> (Self, bool) {
        let kept = kept.filter(|kept| kept.filters == settings.fingerprint());
        let Some(kept) = kept else { return (Self::snapshot(settings, None, now), false) };
        let queries = settings.queries();
        let known = queries.iter().all(|query| kept.queries.contains_key(query));
        let finished = kept.queries.values().all(|place| place.done);
        let due = kept
            .last_snapshot
            .is_none_or(|last| now - last >= Duration::hours(settings.snapshot_hours.into()));
        match (known && !finished, known && !due) {
            (true, _) => (kept, true),
            (false, true) => (kept.changes(now), false),
            (false, false) => (Self::snapshot(settings, kept.last_snapshot, now), false),
        }
    }

    fn snapshot(settings: &Settings, last_snapshot: Option<OffsetDateTime>, now: OffsetDateTime) -> Self {
        let from = settings.earliest(now).map(moment::to_stockholm);
        let place = Place { from, ..Place::default() };
        let queries = settings.queries().into_iter().map(|query| (query, place.clone())).collect();
        Self { snapshot: true, began: now, last_snapshot, filters: settings.fingerprint(), queries }
    }

    fn changes(mut self, now: OffsetDateTime) -> Self {
        for place in self.queries.values_mut() {
            let from = place.from.as_deref().and_then(|from| moment::shift(from, -OVERLAP));
            *place = Place { from, ..Place::default() };
        }
        Self { snapshot: false, began: now, ..self }
    }

    /// Whether the pass reads everything.
    pub(crate) fn is_snapshot(&self) -> bool {
        self.snapshot
    }

    /// A query's place.
    pub(crate) fn place(&mut self, query: &str) -> &mut Place {
        self.queries.entry(query.to_owned()).or_default()
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

    const NOW: OffsetDateTime = datetime!(2025-09-11 12:00 UTC);

    fn settings(args: &[&str]) -> Settings {
        metier_plugin_sdk::settings("test", args.iter().map(Into::into)).unwrap()
    }

    fn after_a_snapshot(settings: &Settings) -> Progress {
        let (mut progress, _) = Progress::begin(None, settings, NOW);
        *progress.place("") = Place { from: Some("2025-09-11T11:25:57".to_owned()), offset: 0, done: true };
        progress.finish();
        progress
    }

    #[test]
    fn the_first_pass_is_a_snapshot_and_the_next_asks_for_changes_with_an_overlap() {
        let settings = settings(&[]);
        let (mut next, resumed) =
            Progress::begin(Some(after_a_snapshot(&settings)), &settings, NOW + Duration::HOUR);
        assert!(!next.is_snapshot() && !resumed);
        assert_eq!(next.place("").from.as_deref(), Some("2025-09-11T11:15:57"));
    }

    #[test]
    fn an_unfinished_pass_goes_on_where_it_was() {
        let settings = settings(&[]);
        let (mut broken_off, _) = Progress::begin(None, &settings, NOW);
        broken_off.place("").offset = 100;
        let (next, resumed) = Progress::begin(Some(broken_off.clone()), &settings, NOW);
        assert!(resumed && next == broken_off);
    }

    #[test]
    fn after_a_day_other_filters_or_a_new_query_comes_a_new_snapshot() {
        let plain = settings(&[]);
        let kept = after_a_snapshot(&plain);
        for (settings, now) in [
            (plain, NOW + Duration::DAY),
            (settings(&["--region", "CifL_Rzy_Mku"]), NOW + Duration::HOUR),
            (settings(&["--query", "kock"]), NOW + Duration::HOUR),
        ] {
            let (next, resumed) = Progress::begin(Some(kept.clone()), &settings, now);
            assert!(next.is_snapshot() && !resumed);
        }
    }

    #[test]
    fn only_recent_ads_are_asked_for_when_so_set() {
        let settings = settings(&["--published-within-days", "2"]);
        let (mut progress, _) = Progress::begin(None, &settings, NOW);
        assert_eq!(progress.place("").from.as_deref(), Some("2025-09-09T14:00:00"));
    }
}
