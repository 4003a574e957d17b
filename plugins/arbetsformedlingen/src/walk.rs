//! Walks through the pages of each query and writes what it finds.
//!
//! Ads come by publication time, and every page begins at the time the last one ended, one second earlier. The offset is used
//! only while that time stands still. So nothing is skipped when an ad before us is taken down, and the API's limit on the
//! offset is met only when more ads than that share a second.

use std::collections::HashSet;

use metier_plugin_sdk::{FetchError, Fetcher, Sink, SyncError};
use serde_json::Value;
use time::Duration;

use crate::{
    Settings,
    ad::{self, Ad, moment},
    answer::{self, Answer},
    progress::{Place, Progress},
};

/// The most hits the API gives at once.
const MOST_HITS: usize = 100;
/// The furthest offset the API takes.
const FURTHEST: usize = 2_000;

/// One pass.
pub(crate) struct Walk<'a> {
    fetcher: &'a Fetcher,
    filters: Vec<(&'static str, String)>,
    limit: usize,
    progress: Progress,
    /// The ads sent in this sync, so that an ad found twice is sent once.
    sent: HashSet<String>,
    /// What the API did not give.
    gaps: Vec<String>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        settings: &Settings,
        fetcher: &'a Fetcher,
        page_size: usize,
        progress: Progress,
    ) -> Self {
        let limit = page_size.clamp(1, MOST_HITS);
        Self { fetcher, filters: settings.filters(), limit, progress, sent: HashSet::new(), gaps: Vec::new() }
    }

    /// Reads one query to its end. A query that the API refuses is told, and the others go on.
    pub(crate) async fn query(&mut self, query: &str, sink: &mut Sink) -> Result<(), SyncError> {
        while !self.progress.place(query).done {
            let place = self.progress.place(query).clone();
            let next = match self.ask(query, &place).await {
                Ok(answer) => {
                    self.write(&answer.ads, sink).await?;
                    self.within_reach(next_place(&place, &answer, self.limit)?, sink).await?
                }
                Err(SyncError::Fetch(error @ FetchError::Status { status: 400 | 422, .. })) => {
                    self.gap(format!("query {query:?}: {error}"), sink).await?;
                    Place { done: true, ..place }
                }
                Err(error) => return Err(error),
            };
            *self.progress.place(query) = next;
            sink.checkpoint(&self.progress).await?;
        }
        Ok(())
    }

    /// Ends the pass. One of which nothing could be read failed.
    pub(crate) async fn finish(mut self, sink: &mut Sink) -> Result<(), SyncError> {
        if self.gaps.is_empty() {
            self.progress.finish();
        }
        sink.checkpoint(&self.progress).await?;
        match self.gaps.pop() {
            Some(gap) if self.sent.is_empty() => Err(SyncError::Unreadable(gap)),
            _ => Ok(()),
        }
    }

    async fn gap(&mut self, reason: String, sink: &mut Sink) -> Result<(), SyncError> {
        self.gaps.push(reason.clone());
        Ok(sink.warning(reason).await?)
    }

    /// The place itself, or the next second if the API gives no more of this one.
    async fn within_reach(&mut self, place: Place, sink: &mut Sink) -> Result<Place, SyncError> {
        if place.done || place.offset <= FURTHEST {
            return Ok(place);
        }
        let from = place.from.as_deref();
        let told = from.unwrap_or("an unknown time");
        let reason =
            format!("more than {FURTHEST} ads were published at {told}; the API gives no more of them");
        self.gap(reason, sink).await?;
        let from = from.and_then(|from| moment::shift(from, Duration::seconds(2)));
        Ok(Place { done: from.is_none(), from, offset: 0 })
    }

    async fn ask(&self, query: &str, place: &Place) -> Result<Answer, SyncError> {
        let mut parameters = self.filters.clone();
        if !query.is_empty() {
            parameters.push(("q", query.to_owned()));
        }
        if let Some(from) = &place.from {
            parameters.push(("published-after", from.clone()));
        }
        parameters.push(("sort", "pubdate-asc".to_owned()));
        parameters.push(("limit", self.limit.to_string()));
        parameters.push(("offset", place.offset.to_string()));
        answer::open(self.fetcher.json("search", &parameters).await?)
    }

    /// Writes the ads. An answer without pages may hold more than a page: the place before it is then the checkpoint.
    async fn write(&mut self, ads: &[Value], sink: &mut Sink) -> Result<(), SyncError> {
        for (number, page) in ads.chunks(self.limit).enumerate() {
            if number > 0 {
                sink.checkpoint(&self.progress).await?;
            }
            for ad in page {
                self.write_one(ad, sink).await?;
            }
        }
        Ok(())
    }

    async fn write_one(&mut self, ad: &Value, sink: &mut Sink) -> Result<(), SyncError> {
        let id = ad::id(ad);
        if id.clone().is_some_and(|id| !self.sent.insert(id)) {
            return Ok(());
        }
        match ad::read(ad) {
            Ok(Ad::OnOffer(posting)) => sink.posting(*posting).await?,
            Ok(Ad::Removed { id, at }) => sink.removed(id, at).await?,
            Err(reason) => sink.rejected(id, reason).await?,
        }
        Ok(())
    }
}

/// Where to go on after an answer.
fn next_place(place: &Place, answer: &Answer, limit: usize) -> Result<Place, SyncError> {
    let read = place.offset + answer.ads.len();
    let Some(total) = answer.total else { return Ok(Place { from: None, offset: 0, done: true }) };
    let through = answer.ads.is_empty() || read as u64 >= total || answer.ads.len() > limit;
    let last = last_published(&answer.ads)?;
    let from = last.and_then(|last| moment::shift(last, -Duration::SECOND));
    // The text of a time sorts as the time does.
    let moved = from.filter(|from| place.from.as_ref().is_none_or(|before| from > before));
    Ok(match (moved, through) {
        (from, true) => Place { from: from.or_else(|| place.from.clone()), offset: 0, done: true },
        (Some(from), false) => Place { from: Some(from), offset: 0, done: false },
        (None, false) => Place { from: place.from.clone(), offset: read, done: false },
    })
}

/// The last publication time. The times must rise, or the walk would skip ads.
fn last_published(ads: &[Value]) -> Result<Option<&str>, SyncError> {
    let dates: Vec<&str> = ads.iter().filter_map(|ad| ad["publication_date"].as_str()).collect();
    if !dates.is_sorted() {
        return Err(SyncError::Unreadable(
            "its ads do not come by publication time, as was asked".to_owned(),
        ));
    }
    Ok(dates.last().copied())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(from: &str, offset: usize) -> Place {
        Place { from: (!from.is_empty()).then(|| from.to_owned()), offset, done: false }
    }

    fn answer(times: &[&str], total: u64) -> Answer {
        let ads = times.iter().map(|time| json!({"publication_date": time})).collect();
        Answer { ads, total: Some(total) }
    }

    #[test]
    fn the_next_page_begins_a_second_before_the_last_one_ended() {
        let next = next_place(&place("", 0), &answer(&["2025-09-11T11:00:00", "2025-09-11T11:00:09"], 9), 2)
            .unwrap();
        assert_eq!(next, place("2025-09-11T11:00:08", 0));
    }

    #[test]
    fn the_offset_moves_only_while_time_stands_still() {
        let at = "2025-09-11T11:00:08";
        let next = next_place(&place(at, 0), &answer(&["2025-09-11T11:00:09"; 2], 9), 2).unwrap();
        assert_eq!(next, place(at, 2));
        let next = next_place(&next, &answer(&["2025-09-11T11:00:09", "2025-09-11T11:00:10"], 9), 2).unwrap();
        assert_eq!(next, place("2025-09-11T11:00:09", 0));
    }

    #[test]
    fn the_last_page_ends_the_query_and_keeps_its_time() {
        let next = next_place(&place("", 4), &answer(&["2025-09-11T11:00:09"], 5), 2).unwrap();
        assert_eq!(next, Place { done: true, ..place("2025-09-11T11:00:08", 0) });
        assert!(next_place(&place("", 0), &answer(&[], 0), 2).unwrap().done);
    }

    #[test]
    fn an_answer_in_another_order_is_refused() {
        let error = next_place(&place("", 0), &answer(&["2025-09-11T11:00:09", "2025-09-11T11:00:08"], 5), 2)
            .unwrap_err();
        assert!(error.to_string().contains("publication time"), "{error}");
    }
}
