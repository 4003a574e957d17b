//! Postings that somebody writes down: sightings of the source `manual`, taken in like those of any other.

use std::collections::BTreeSet;

use metier_contract_postings::{POSTINGS_READ, POSTINGS_WRITE};
use metier_core::{Ctx, Fault, FaultKind, Timestamp};
use serde_json::{Map, Value, json};

use super::{Desk, ingest};
use crate::{
    domain::{
        dialect::{Limits, RawPosting, read_listing},
        posting::{PostingId, SightingKey},
        sync_report::SyncReport,
    },
    error::Error,
    store::{self, figures, postings::PostingView, sightings::Found},
};

/// The source of what people write down. No plugin can take the name.
pub const MANUAL: &str = "manual";

/// A posting on offer, with the id by which it was written down, if it was.
#[derive(Debug)]
pub struct Shown {
    /// The posting.
    pub posting: PostingView,
    /// The id its author gave it.
    pub manual_id: Option<String>,
}

/// Postings on offer, the last published first.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn newest(desk: &Desk, ctx: &Ctx, page: (i64, i64)) -> Result<Vec<Shown>, Error> {
    ctx.require(POSTINGS_READ)?;
    let reader = desk.database.reader();
    let ids = figures::newest(reader, page).await?;
    let sightings = store::sightings::of_postings(reader, ids.clone()).await?;
    let mut postings = store::postings::list(reader, ids.clone()).await?;
    let place = |posting: &PostingView| ids.iter().position(|id| *id == posting.id.uuid());
    postings.sort_by_key(place);
    Ok(postings.into_iter().map(|posting| shown(posting, &sightings)).collect())
}

fn shown(posting: PostingView, sightings: &[Found]) -> Shown {
    let own = |found: &&Found| found.posting == posting.id && found.sighting.key.source == MANUAL;
    let manual_id = sightings.iter().find(own).map(|found| found.sighting.key.original_id.clone());
    Shown { posting, manual_id }
}

/// A posting by the id its author gave it, or by its own.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(desk: &Desk, ctx: &Ctx, id: &str) -> Result<Shown, Error> {
    ctx.require(POSTINGS_READ)?;
    let missing = || Error::NoPosting(id.to_owned());
    let reader = desk.database.reader();
    let posting = match figures::posting_of(reader, &SightingKey::new(MANUAL, id)).await? {
        Some(posting) => posting,
        None => id.parse::<PostingId>().map_err(|_not_an_id| missing())?,
    };
    let found = store::postings::find(reader, posting).await?;
    let posting = found.filter(|posting| posting.state != "absorbed").ok_or_else(missing)?;
    let sightings = store::sightings::of_postings(reader, vec![posting.id.uuid()]).await?;
    Ok(shown(posting, &sightings))
}

/// What is written down, and whether it is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Refused when there is one of that id.
    Create,
    /// Refused when there is none of that id.
    Replace,
}

/// Writes a posting down, in the shape of a `JobPost`, under an id.
///
/// # Errors
/// `permission_denied`, `invalid_parameters` with the field at fault, `posting_taken`, `not_found`, or a database
/// failure.
pub async fn write(
    desk: &Desk,
    ctx: &Ctx,
    (id, job): (String, Map<String, Value>),
    writing: Writing,
) -> Result<(), Error> {
    ctx.require(POSTINGS_WRITE)?;
    let now = desk.clock.now();
    let raw = read(&id, job, now)?;
    let (at, actor) = (desk.clone(), ctx.clone());
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            let known = store::sightings::known(tx, MANUAL, vec![id.clone()]).await?;
            match (writing, known.is_empty()) {
                (Writing::Create, false) => return Err(taken(&id).into()),
                (Writing::Replace, true) => return Err(Error::NoPosting(id)),
                _ => {}
            }
            let intake =
                ingest::Intake { source: MANUAL, sync: at.random.uuid(now), now, random: &at.random };
            let mut report = SyncReport::default();
            ingest::take(tx, intake, vec![Ok(raw)], &mut report).await?;
            if let Some(rejection) = report.rejections().first() {
                return Err(Fault::invalid(&*rejection.field, &*rejection.reason).into());
            }
            let action = if writing == Writing::Create { "postings.create" } else { "postings.replace" };
            at.outbox.audit(tx, &actor, action, &id, (None::<()>, Some(json!({ "source": MANUAL })))).await?;
            Ok(())
        })
    });
    write.await
}

fn taken(id: &str) -> Fault {
    Fault::new(FaultKind::Conflict, "posting_taken", format!("there is a posting {id} already"))
}

/// Read as a plugin's entry would be, under the id that counts here; published now when it does not say.
fn read(id: &str, mut job: Map<String, Value>, now: Timestamp) -> Result<RawPosting, Error> {
    job.insert("id".to_owned(), json!(id));
    let reply = json!([job]).to_string();
    let listing = read_listing(200, reply.as_bytes(), &Limits::default())
        .map_err(|refusal| Fault::invalid("body", refusal.to_string()))?;
    let entry = listing.postings.into_iter().next().ok_or_else(|| Fault::invalid("body", "is empty"))?;
    let mut raw = entry.map_err(|rejection| Fault::invalid(rejection.field, rejection.reason))?;
    if let Some(doubt) = raw.doubts.first() {
        return Err(Fault::invalid(&*doubt.field, &*doubt.reason).into());
    }
    raw.original_id = id.to_owned();
    raw.published_at = raw.published_at.or(Some(now));
    Ok(raw)
}

/// Takes back what was written down. A posting that other sources show too stays.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn remove(desk: &Desk, ctx: &Ctx, id: &str) -> Result<(), Error> {
    ctx.require(POSTINGS_WRITE)?;
    let (at, actor, id) = (desk.clone(), ctx.clone(), id.to_owned());
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            let known = store::sightings::known(tx, MANUAL, vec![id.clone()]).await?;
            let touched: BTreeSet<PostingId> = known.into_iter().map(|known| known.posting).collect();
            if touched.is_empty() {
                return Err(Error::NoPosting(id));
            }
            store::sightings::delete(tx, &[SightingKey::new(MANUAL, id.clone())]).await?;
            ingest::recompose(tx, touched, at.clock.now()).await?;
            at.outbox
                .audit(tx, &actor, "postings.delete", &id, (Some(json!({ "source": MANUAL })), None::<()>))
                .await?;
            Ok(())
        })
    });
    write.await
}
