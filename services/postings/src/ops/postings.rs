//! Postings as people find and read them.

use metier_contract_postings::{POSTINGS_READ, POSTINGS_WRITE};
use metier_core::Ctx;

use super::{Desk, index::Status, ingest};
use crate::{
    domain::posting::PostingId,
    error::Error,
    search::{Query, SearchPage},
    store::{self, postings::PostingView, sightings::Found},
};

/// A page of results, each with its posting.
pub struct Results {
    /// What the index found.
    pub page: SearchPage,
    /// The postings of the hits, in no order; one that ended meanwhile is left out.
    pub postings: Vec<PostingView>,
}

/// Searches.
///
/// # Errors
/// `permission_denied`, a foreign or stale cursor, or a failure of index or database.
pub async fn search(desk: &Desk, ctx: &Ctx, query: Query) -> Result<Results, Error> {
    ctx.require(POSTINGS_READ)?;
    let page = desk.index.search(query).await?;
    let ids = page.hits.iter().map(|hit| hit.id.uuid()).collect();
    let mut postings = store::postings::list(desk.database.reader(), ids).await?;
    postings.retain(|posting| matches!(posting.state.as_str(), "live" | "missing"));
    Ok(Results { page, postings })
}

/// A posting with the sightings it is made of.
pub struct Detail {
    /// The posting.
    pub posting: PostingView,
    /// Its sightings.
    pub sightings: Vec<Found>,
    /// Other ids that name it.
    pub aliases: Vec<PostingId>,
}

/// A posting by its id, or by an id that was absorbed into it.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(desk: &Desk, ctx: &Ctx, id: PostingId) -> Result<Detail, Error> {
    ctx.require(POSTINGS_READ)?;
    let reader = desk.database.reader();
    let posting = store::postings::find(reader, id).await?.filter(|posting| posting.state != "absorbed");
    let posting = posting.ok_or_else(|| Error::NoPosting(id.to_string()))?;
    let sightings = store::sightings::of_postings(reader, vec![posting.id.uuid()]).await?;
    let named = store::postings::descendants(reader, posting.id).await?;
    let aliases = named.into_iter().map(PostingId::from_uuid).filter(|alias| *alias != posting.id).collect();
    Ok(Detail { posting, sightings, aliases })
}

/// Undoes a merge: the posting that was absorbed stands for itself again, and nothing unites the two any more.
///
/// # Errors
/// `permission_denied`, `not_merged`, or a database failure.
pub async fn split(desk: &Desk, ctx: &Ctx, absorbed: PostingId) -> Result<Detail, Error> {
    ctx.require(POSTINGS_WRITE)?;
    let (at, actor) = (desk.clone(), ctx.clone());
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            let now = at.clock.now();
            let Some(survivor) = store::postings::split(tx, absorbed, now).await? else {
                return Err(Error::NotMerged(absorbed.to_string()));
            };
            ingest::recompose(tx, [absorbed, survivor].into(), now).await?;
            at.outbox.audit(tx, &actor, "postings.split", absorbed, (Some(survivor), Some(absorbed))).await?;
            Ok(())
        })
    });
    write.await?;
    get(desk, ctx, absorbed).await
}

/// How this replica's index stands against the change log.
///
/// # Errors
/// `permission_denied`, or a failure of index or database.
pub async fn index_status(desk: &Desk, ctx: &Ctx) -> Result<Status, Error> {
    ctx.require(POSTINGS_READ)?;
    desk.index.status(&desk.database).await
}
