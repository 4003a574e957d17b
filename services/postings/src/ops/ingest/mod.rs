//! Taking a batch of entries in: validated, matched, stored, and their canonical postings composed anew, in one
//! transaction with the plugin's checkpoint.

mod place;
mod prepare;
mod recompose;

use std::collections::{BTreeSet, HashMap};

use metier_core::{Random, Timestamp};
use metier_db::Tx;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    domain::{
        dialect::{RawPosting, Rejection},
        expiry::{End, Standing},
        posting::{PostingId, Sighting, SightingKey},
        sync_report::{Outcome, SyncReport},
    },
    store::{
        merges,
        sightings::{self, Known},
    },
};
use prepare::Entry;

pub use prepare::{Prepared, prepare};
pub use recompose::recompose;

/// Which sync takes in, and what it works with.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    /// The source's name.
    pub source: &'a str,
    /// The sync.
    pub sync: Uuid,
    /// Now.
    pub now: Timestamp,
    /// For ids of new postings.
    pub random: &'a Random,
}

impl Intake<'_> {
    fn standing(&self, sighting: &Sighting) -> Standing {
        let seen = Standing::seen(sighting.posting.expires_at, self.now);
        if sighting.removed { seen.removed(self.now) } else { seen }
    }
}

/// Takes a batch in and accounts for every entry of it.
///
/// # Errors
/// When the database fails.
pub async fn take(
    tx: &Tx,
    intake: Intake<'_>,
    batch: Vec<Result<RawPosting, Rejection>>,
    report: &mut SyncReport,
) -> Result<(), DbErr> {
    store(tx, intake, prepare((intake.source, intake.now), batch, &HashMap::new()), report).await
}

/// Stores a prepared batch and accounts for every entry of it.
///
/// # Errors
/// When the database fails.
pub async fn store(
    tx: &Tx,
    intake: Intake<'_>,
    mut prepared: Prepared,
    report: &mut SyncReport,
) -> Result<(), DbErr> {
    prepared.account(report);
    let known = sightings::known(tx, intake.source, prepared.ids()).await?;
    let known: HashMap<SightingKey, Known> =
        known.into_iter().map(|known| (known.key.clone(), known)).collect();
    let (changed, unchanged) = sort_out(intake, prepared.entries, &known, report);
    sightings::touch(tx, intake.source, unchanged, intake.sync, intake.now).await?;
    let placed = place::place(tx, intake, changed, &known, report).await?;
    sightings::upsert(tx, &placed.stored, intake.sync, intake.now).await?;
    merges::record(tx, &placed.merges, intake.now).await?;
    let mut touched: BTreeSet<PostingId> = placed.stored.iter().map(|stored| stored.posting).collect();
    touched.extend(placed.merges.iter().flat_map(|merge| [merge.absorbed, merge.home]));
    recompose::recompose_with(tx, touched, (&placed.founded, &placed.stored), intake.now).await
}

/// Parts what is new or changed from what is known as it is, and counts both.
fn sort_out(
    intake: Intake<'_>,
    entries: Vec<Entry>,
    known: &HashMap<SightingKey, Known>,
    report: &mut SyncReport,
) -> (Vec<Entry>, Vec<String>) {
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for entry in entries {
        let standing = intake.standing(&entry.sighting);
        if matches!(standing, Standing::Ended { why: End::Expired, .. }) {
            report.past_deadline();
        }
        match known.get(&entry.sighting.key) {
            Some(known) if known.content_hash == entry.content_hash && known.standing == standing => {
                report.count(Outcome::Duplicate);
                unchanged.push(entry.sighting.key.original_id);
            }
            Some(_) => {
                report.count(Outcome::Updated);
                changed.push(entry);
            }
            None => {
                report.count(Outcome::New);
                changed.push(entry);
            }
        }
    }
    (changed, unchanged)
}

/// Ends the sightings that the source says it took down.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    tx: &Tx,
    intake: Intake<'_>,
    removed: Vec<(String, Option<Timestamp>)>,
    report: &mut SyncReport,
) -> Result<(), DbErr> {
    if removed.is_empty() {
        return Ok(());
    }
    removed.iter().for_each(|_| report.remove());
    let when: HashMap<&str, Option<Timestamp>> = removed.iter().map(|(id, at)| (id.as_str(), *at)).collect();
    let ids = removed.iter().map(|(id, _)| id.clone()).collect();
    let known = sightings::known(tx, intake.source, ids).await?;
    let ended = |known: &Known| {
        let at = when.get(known.key.original_id.as_str()).copied().flatten().unwrap_or(intake.now);
        (known.key.clone(), known.standing.removed(at))
    };
    let changed: Vec<_> = known.iter().map(ended).collect();
    sightings::set_standing(tx, &changed).await?;
    recompose(tx, known.into_iter().map(|known| known.posting).collect(), intake.now).await
}
