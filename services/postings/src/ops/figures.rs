//! How much there is, from where, and how fast it grows: every figure counted, none assumed.

use std::collections::BTreeMap;

use metier_contract_postings::{POSTINGS_READ, SOURCES_READ};
use metier_core::{Ctx, Timestamp};

use super::Desk;
use crate::{
    error::Error,
    store::{
        self,
        figures::{self, Group},
        sources::SourceRow,
        syncs::SyncRow,
    },
};

/// A source with its last syncs.
#[derive(Clone, Debug)]
pub struct SourceFigures {
    /// The source.
    pub source: SourceRow,
    /// Its latest sync.
    pub last: Option<SyncRow>,
    /// The latest that read something to the end, or most of it.
    pub last_good: Option<SyncRow>,
}

/// Syncs looked at to find the last good one.
const LOOKED_AT: i64 = 50;

/// Every source with its last syncs.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn sources(desk: &Desk, ctx: &Ctx) -> Result<Vec<SourceFigures>, Error> {
    ctx.require(SOURCES_READ)?;
    let reader = desk.database.reader();
    let mut all = Vec::new();
    for source in store::sources::list(reader).await? {
        let syncs = store::syncs::list(reader, Some(&source.name), (None, LOOKED_AT)).await?;
        let good = |sync: &&SyncRow| matches!(sync.state.as_str(), "succeeded" | "partial");
        let last_good = syncs.iter().find(good).cloned();
        all.push(SourceFigures { source, last: syncs.into_iter().next(), last_good });
    }
    Ok(all)
}

/// The newest syncs of all sources.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn syncs(desk: &Desk, ctx: &Ctx, limit: i64) -> Result<Vec<SyncRow>, Error> {
    ctx.require(SOURCES_READ)?;
    Ok(store::syncs::list(desk.database.reader(), None, (None, limit)).await?)
}

/// What is on offer, and what came lately.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Postings, by country and remoteness.
    pub postings: Vec<Group>,
    /// Sightings, by source, country and remoteness.
    pub sightings: Vec<Group>,
    /// Postings first seen on each of the last 30 days that had any, by [`figures::Day::day`].
    pub days: BTreeMap<i64, i64>,
    /// When this was counted.
    pub at: Timestamp,
}

/// Counts what is on offer.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn count(desk: &Desk, ctx: &Ctx) -> Result<Figures, Error> {
    ctx.require(POSTINGS_READ)?;
    let (reader, at) = (desk.database.reader(), desk.clock.now());
    let days = figures::days(reader, figures::day_of(at) - 29).await?;
    Ok(Figures {
        postings: figures::postings(reader).await?,
        sightings: figures::sightings(reader).await?,
        days: days.into_iter().map(|day| (day.day, day.count)).collect(),
        at,
    })
}

impl Figures {
    /// Postings on offer.
    pub fn total(&self) -> i64 {
        self.postings.iter().map(|group| group.count).sum()
    }

    /// Those that can be done from anywhere.
    pub fn remote(&self) -> i64 {
        self.postings.iter().filter(|group| group.remote == "yes").map(|group| group.count).sum()
    }

    /// Sightings of a source.
    pub fn of_source<'a>(&'a self, source: &'a str) -> impl Iterator<Item = &'a Group> {
        self.sightings.iter().filter(move |group| group.source.as_deref() == Some(source))
    }

    /// Postings first seen on a day.
    pub fn on_day(&self, day: i64) -> i64 {
        self.days.get(&day).copied().unwrap_or(0)
    }

    /// Postings first seen within the last so many days, today included; at most 30.
    pub fn within(&self, days: i64) -> i64 {
        self.days.range(figures::day_of(self.at) - days + 1..).map(|(_, count)| count).sum()
    }
}
