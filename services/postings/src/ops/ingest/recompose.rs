//! Canonical postings, composed anew from their sightings and put at the end of the change log.

use std::collections::{BTreeMap, BTreeSet};

use metier_core::Timestamp;
use metier_db::Tx;
use sea_orm::DbErr;

use crate::{
    domain::{
        dedupe::compose,
        expiry::{self, Standing},
        posting::{PostingId, Sighting},
    },
    store::{
        postings::{self, Canonical},
        sightings::{self, Stored},
        sources,
    },
};

/// A sighting as far as its posting is composed of it.
struct Part<'a> {
    sighting: &'a Sighting,
    standing: Standing,
    first_seen_at: Timestamp,
}

/// Composes postings anew from what is stored.
///
/// # Errors
/// When the database fails.
pub async fn recompose(tx: &Tx, touched: BTreeSet<PostingId>, now: Timestamp) -> Result<(), DbErr> {
    recompose_with(tx, touched, (&BTreeSet::new(), &[]), now).await
}

/// The same, where some postings are known to be `founded` by the batch that is being `stored`: those need not be read
/// back.
///
/// # Errors
/// When the database fails.
pub(super) async fn recompose_with(
    tx: &Tx,
    touched: BTreeSet<PostingId>,
    (founded, stored): (&BTreeSet<PostingId>, &[Stored]),
    now: Timestamp,
) -> Result<(), DbErr> {
    if touched.is_empty() {
        return Ok(());
    }
    let read: Vec<_> = touched.difference(founded).map(|id| id.uuid()).collect();
    let members = if read.is_empty() { Vec::new() } else { sightings::members(tx, read).await? };
    let mut parts: BTreeMap<PostingId, Vec<Part<'_>>> = BTreeMap::new();
    for stored in stored.iter().filter(|stored| founded.contains(&stored.posting)) {
        let part = Part { sighting: &stored.sighting, standing: stored.standing, first_seen_at: now };
        parts.entry(stored.posting).or_default().push(part);
    }
    for member in &members {
        let part = Part {
            sighting: &member.sighting,
            standing: member.standing,
            first_seen_at: member.first_seen_at,
        };
        parts.entry(member.posting).or_default().push(part);
    }
    let demo = sources::demo_names(tx).await?;
    let composed =
        touched.into_iter().map(|id| canonical(id, &parts.remove(&id).unwrap_or_default(), &demo, now));
    postings::upsert(tx, &composed.collect::<Vec<_>>(), now).await
}

fn canonical(id: PostingId, parts: &[Part<'_>], demo: &BTreeSet<String>, now: Timestamp) -> Canonical {
    let standings: Vec<Standing> = parts.iter().map(|part| part.standing).collect();
    let first_seen_at = parts.iter().map(|part| part.first_seen_at).min().unwrap_or(now);
    let on_offer = parts.iter().filter(|part| part.standing.is_on_offer());
    let live: Vec<&Sighting> = on_offer.map(|part| part.sighting).collect();
    let shown = if live.is_empty() { parts.iter().map(|part| part.sighting).collect() } else { live };
    let sources: BTreeSet<String> = shown.iter().map(|sighting| sighting.key.source.clone()).collect();
    let state = match expiry::of_posting(&standings) {
        None => "absorbed",
        Some(Standing::Live) => "live",
        Some(Standing::Missing { .. }) => "missing",
        Some(Standing::Ended { .. }) => "ended",
    };
    Canonical {
        id,
        content: compose(&shown).unwrap_or_default(),
        demo: !sources.is_empty() && sources.is_subset(demo),
        sources: sources.into_iter().collect(),
        state,
        first_seen_at,
    }
}
