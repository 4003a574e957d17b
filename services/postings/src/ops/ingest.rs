//! Taking a batch of entries in: validated, matched, stored, and their canonical postings composed anew, in one
//! transaction with the plugin's checkpoint.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use metier_core::{Random, Timestamp};
use metier_db::Tx;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    domain::{
        changes::content_hash,
        dedupe::{Candidate, Decision, Fingerprint, compose, decide, keys},
        dialect::{RawPosting, Rejection},
        expiry::{self, Standing},
        posting::{PostingId, Sighting, SightingKey, validate},
        sync_report::{Outcome, SyncReport},
    },
    store::{
        postings::{self, Canonical},
        sightings::{self, Known, Stored},
    },
};

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
    let sightings = judge(intake, batch, report);
    let ids = sightings.iter().map(|sighting| sighting.key.original_id.clone()).collect();
    let known = sightings::known(tx, intake.source, ids).await?;
    let known: HashMap<SightingKey, Known> =
        known.into_iter().map(|known| (known.key.clone(), known)).collect();
    let (changed, unchanged) = sort_out(intake, sightings, &known, report);
    sightings::touch(tx, intake.source, unchanged, intake.sync, intake.now).await?;
    let (stored, merges) = place(tx, intake, changed, &known, report).await?;
    sightings::upsert(tx, &stored, intake.sync, intake.now).await?;
    let mut touched: BTreeSet<PostingId> = stored.iter().map(|stored| stored.posting).collect();
    for (absorbed, survivor, because) in merges {
        postings::merge(tx, (absorbed, survivor), &because, intake.now).await?;
        touched.extend([absorbed, survivor]);
    }
    recompose(tx, touched, intake.now).await
}

/// Validates each entry on its own; of one id repeated in a batch the last counts, the earlier are duplicates.
fn judge(
    intake: Intake<'_>,
    batch: Vec<Result<RawPosting, Rejection>>,
    report: &mut SyncReport,
) -> Vec<Sighting> {
    let mut sightings: BTreeMap<SightingKey, Sighting> = BTreeMap::new();
    for entry in batch {
        match entry.and_then(|raw| validate(raw, intake.source, intake.now)) {
            Err(rejection) => report.reject(rejection),
            Ok(sighting) => {
                if sightings.insert(sighting.key.clone(), sighting).is_some() {
                    report.count(Outcome::Duplicate);
                }
            }
        }
    }
    sightings.into_values().collect()
}

/// Parts what is new or changed from what is known as it is, and counts both.
fn sort_out(
    intake: Intake<'_>,
    sightings: Vec<Sighting>,
    known: &HashMap<SightingKey, Known>,
    report: &mut SyncReport,
) -> (Vec<(Sighting, String)>, Vec<String>) {
    let (mut changed, mut unchanged) = (Vec::new(), Vec::new());
    for sighting in sightings {
        let hash = content_hash(&sighting.posting);
        let standing = standing(&sighting, intake.now);
        match known.get(&sighting.key) {
            Some(known) if known.content_hash == hash && known.standing == standing => {
                report.count(Outcome::Duplicate);
                unchanged.push(sighting.key.original_id);
            }
            Some(_) => {
                report.count(Outcome::Updated);
                changed.push((sighting, hash));
            }
            None => {
                report.count(Outcome::New);
                changed.push((sighting, hash));
            }
        }
    }
    (changed, unchanged)
}

fn standing(sighting: &Sighting, now: Timestamp) -> Standing {
    let seen = Standing::seen(sighting.posting.expires_at, now);
    if sighting.removed { seen.removed(now) } else { seen }
}

type Merge = (PostingId, PostingId, Vec<crate::domain::dedupe::Link>);

/// Decides for each sighting which posting it belongs to; later ones of the batch see the earlier ones.
async fn place(
    tx: &Tx,
    intake: Intake<'_>,
    changed: Vec<(Sighting, String)>,
    known: &HashMap<SightingKey, Known>,
    report: &mut SyncReport,
) -> Result<(Vec<Stored>, Vec<Merge>), DbErr> {
    let seen: Vec<_> = changed
        .into_iter()
        .map(|(sighting, hash)| {
            let fingerprint = Fingerprint::of(&sighting);
            let keys = keys(&fingerprint);
            (sighting, hash, fingerprint, keys)
        })
        .collect();
    let wanted: BTreeSet<_> = seen.iter().flat_map(|(_, _, _, keys)| keys.iter().copied()).collect();
    let mut pool: HashMap<i64, Vec<Candidate>> = HashMap::new();
    for (key, candidate) in sightings::candidates(tx, wanted.into_iter().collect()).await? {
        pool.entry(key).or_default().push(candidate);
    }
    let around = pool.values().flatten().map(|candidate| candidate.posting).collect();
    let apart = postings::separations(tx, &around).await?;
    let (mut stored, mut merges, mut moved) = (Vec::new(), Vec::new(), HashMap::new());
    for (sighting, content_hash, fingerprint, keys) in seen {
        let candidates = candidates(&pool, &keys, &moved, &fingerprint);
        let decision = decide(&fingerprint, &candidates, &apart);
        let home = known.get(&sighting.key).map(|known| resolved(&moved, known.posting));
        let (posting, because) = settle(intake, decision, home, &mut moved, &mut merges);
        if home.is_none() && !because.is_empty() {
            report.merge();
        }
        for key in &keys {
            let candidate = Candidate { posting, fingerprint: fingerprint.clone() };
            pool.entry(key.stored()).or_default().push(candidate);
        }
        let standing = standing(&sighting, intake.now);
        stored.push(Stored { sighting, content_hash, fingerprint, keys, posting, because, standing });
    }
    for one in &mut stored {
        one.posting = resolved(&moved, one.posting);
    }
    Ok((stored, merges))
}

fn candidates(
    pool: &HashMap<i64, Vec<Candidate>>,
    keys: &[crate::domain::dedupe::BlockingKey],
    moved: &HashMap<PostingId, PostingId>,
    own: &Fingerprint,
) -> Vec<Candidate> {
    let found = keys.iter().filter_map(|key| pool.get(&key.stored())).flatten();
    let others = found.filter(|candidate| candidate.fingerprint.key != own.key);
    let now = |candidate: &Candidate| Candidate {
        posting: resolved(moved, candidate.posting),
        fingerprint: candidate.fingerprint.clone(),
    };
    others.map(now).collect()
}

fn resolved(moved: &HashMap<PostingId, PostingId>, id: PostingId) -> PostingId {
    let mut at = id;
    while let Some(next) = moved.get(&at) {
        at = *next;
    }
    at
}

/// A known sighting stays where it is; postings proven to be one are merged into the oldest.
fn settle(
    intake: Intake<'_>,
    decision: Decision,
    home: Option<PostingId>,
    moved: &mut HashMap<PostingId, PostingId>,
    merges: &mut Vec<Merge>,
) -> (PostingId, Vec<crate::domain::dedupe::Link>) {
    let proven = decision.posting.into_iter().chain(decision.absorbs.iter().copied()).chain(home);
    let all: BTreeSet<PostingId> = proven.map(|id| resolved(moved, id)).collect();
    let Some(survivor) = all.first().copied() else {
        return (intake.random.id(intake.now), Vec::new());
    };
    for absorbed in all.into_iter().skip(1) {
        moved.insert(absorbed, survivor);
        merges.push((absorbed, survivor, decision.because.clone()));
    }
    (survivor, decision.because)
}

/// Composes postings anew from their sightings, and puts them at the end of the change log.
///
/// # Errors
/// When the database fails.
pub async fn recompose(tx: &Tx, touched: BTreeSet<PostingId>, now: Timestamp) -> Result<(), DbErr> {
    if touched.is_empty() {
        return Ok(());
    }
    let ids = touched.iter().map(|id| id.uuid()).collect();
    let mut members: BTreeMap<PostingId, Vec<sightings::Found>> = BTreeMap::new();
    for found in sightings::of_postings(tx, ids).await? {
        members.entry(found.posting).or_default().push(found);
    }
    let demo = crate::store::sources::demo_names(tx).await?;
    let composed =
        touched.into_iter().map(|id| canonical(id, members.remove(&id).unwrap_or_default(), &demo, now));
    postings::upsert(tx, &composed.collect::<Vec<_>>(), now).await
}

fn canonical(
    id: PostingId,
    members: Vec<sightings::Found>,
    demo: &BTreeSet<String>,
    now: Timestamp,
) -> Canonical {
    let standings: Vec<Standing> = members.iter().map(|found| found.standing).collect();
    let first_seen_at = members.iter().map(|found| found.first_seen_at).min().unwrap_or(now);
    let live: Vec<Sighting> = members
        .iter()
        .filter(|found| found.standing.is_on_offer())
        .map(|found| found.sighting.clone())
        .collect();
    let all: Vec<Sighting> = members.into_iter().map(|found| found.sighting).collect();
    let shown = if live.is_empty() { &all } else { &live };
    let sources: BTreeSet<String> = shown.iter().map(|sighting| sighting.key.source.clone()).collect();
    let state = match expiry::of_posting(&standings) {
        None => "absorbed",
        Some(Standing::Live) => "live",
        Some(Standing::Missing { .. }) => "missing",
        Some(Standing::Ended { .. }) => "ended",
    };
    Canonical {
        id,
        content: compose(shown).unwrap_or_default(),
        demo: !sources.is_empty() && sources.is_subset(demo),
        sources: sources.into_iter().collect(),
        state,
        first_seen_at,
    }
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
