//! What the engine does by itself: promote, rescue, sweep, verify; forgetting stands in [`forget`](super::forget). Each step takes no input, re-reads the
//! database, and can be killed at any line.

use std::time::Duration;

use metier_contract_jobs::SYSTEM_READ;
use metier_core::{Ctx, PageRequest, Timestamp};
use metier_db::DbError;

use super::{
    engine::Engine,
    figures,
    results::{self, Stored},
};
use crate::{
    domain::outcome::Outcome,
    error::Error,
    store::{
        self,
        batch::{self, Rescued},
        limits::LimitDisagreement,
        recount::{Disagreement, Tally},
        retention,
    },
};

const PROMOTE_CHUNK: i64 = 5_000;
const RESCUE_CHUNK: i64 = 50;
const RECOUNT_CHUNK: i64 = 2_000;
/// A result may lie in the blob store this long before a row names it; in truth it takes moments.
const ORPHANS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes every due task ready. Answers when the next one is due.
///
/// # Errors
/// A database failure.
pub async fn promote(engine: &Engine) -> Result<Option<Timestamp>, Error> {
    loop {
        let Some(due) = store::delayed::next_due(engine.database().reader()).await? else { return Ok(None) };
        let now = engine.tools.clock.now();
        if due > now {
            return Ok(Some(due));
        }
        let write = engine.database().write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(store::delayed::promote(tx, now, PROMOTE_CHUNK).await?) })
        });
        if write.await? == 0 {
            return Ok(Some(due));
        }
    }
}

/// Takes back the tasks of every lease that ran out, and ends every attempt that took too long. Answers when there is
/// next something to do.
///
/// # Errors
/// A database failure.
pub async fn rescue(engine: &Engine) -> Result<Option<Timestamp>, Error> {
    loop {
        let reader = engine.database().reader();
        let Some(due) = store::leases::next_due(reader).await? else { return Ok(None) };
        if due > store::now(reader, &engine.tools.clock).await? {
            return Ok(Some(due));
        }
        let (tools, grace) = (engine.tools.clone(), engine.config.grace());
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                let now = store::now(tx, &tools.clock).await?;
                let rescued = batch::rescue(tx, (now, &tools.random), (RESCUE_CHUNK, grace)).await?;
                tools.announce_ended(tx, &rescued.ended).await?;
                Ok::<_, DbError>(rescued)
            })
        });
        let Rescued { leases, lost, overdue, .. } = write.await?;
        if leases == 0 {
            return Ok(Some(due));
        }
        figures::attempt(&Outcome::Lost, lost);
        figures::attempt(&Outcome::TimedOut, overdue);
        if lost + overdue > 0 {
            tracing::warn!(lost, overdue, "took back tasks of workers that fell silent or took too long");
        }
    }
}

/// Finishes cancellations that a crash or a race left with waiting tasks.
///
/// # Errors
/// A database failure.
pub async fn finish_cancellations(engine: &Engine) -> Result<(), Error> {
    let query = "SELECT number FROM runs WHERE state = 'cancelling' AND ready > 0 ORDER BY number LIMIT 100";
    let numbers = metier_db::sql::list::<Number>(engine.database().reader(), query, vec![]).await?;
    for Number { number } in numbers {
        let tools = engine.tools.clone();
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                let step = store::cancel::step(tx, number, tools.clock.now()).await?;
                tools.announce_ended(tx, &step.ended).await?;
                Ok::<_, DbError>(())
            })
        });
        write.await?;
    }
    Ok(())
}

#[derive(sea_orm::FromQueryResult)]
struct Number {
    number: i64,
}

/// Deletes results in the blob store that no row names, a page at a time: a crash between the blob store and the
/// database leaves them. Answers how many went.
///
/// # Errors
/// A database or blob store failure.
pub async fn sweep(engine: &Engine) -> Result<usize, Error> {
    let before = engine.tools.clock.now().minus(ORPHANS_KEPT);
    let mut page = PageRequest { limit: PageRequest::MAX, after: None };
    let mut swept = 0;
    loop {
        let found = engine.tools.blobs.list(results::PREFIX, &page).await?;
        let old: Vec<Stored> = found.items.iter().filter_map(|entry| Stored::parse(&entry.key)).collect();
        let old: Vec<Stored> = old.into_iter().filter(|stored| stored.at < before).collect();
        let tasks = old.iter().map(|stored| stored.task).collect();
        let named = retention::named_blobs(engine.database().reader(), tasks).await?;
        for orphan in old.iter().filter(|stored| !named.contains(&stored.key)) {
            engine.tools.blobs.delete(&orphan.key).await?;
            swept += 1;
        }
        match found.next {
            Some(cursor) => page.after = Some(cursor),
            None => return Ok(swept),
        }
    }
}

/// Recounts every run. Answers those whose counters disagree with their tasks, at most a hundred.
///
/// Counts while work goes on may differ for a moment; a disagreement that stays is a defect.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn recount(engine: &Engine, ctx: &Ctx) -> Result<Vec<Disagreement>, Error> {
    ctx.require(SYSTEM_READ)?;
    let reader = engine.database().reader();
    let query = "SELECT coalesce(max(number), 0) FROM runs";
    let last = metier_db::sql::scalar::<i64>(reader, query, vec![]).await?.unwrap_or(0);
    let (mut after, mut found) = (0, Vec::new());
    while after < last && found.len() < 100 {
        found.extend(store::recount::disagreements(reader, (after, RECOUNT_CHUNK)).await?);
        let query = "SELECT max(number) FROM (SELECT number FROM runs WHERE number > $1 ORDER BY number LIMIT $2) AS step";
        let step =
            metier_db::sql::scalar::<Option<i64>>(reader, query, vec![after.into(), RECOUNT_CHUNK.into()])
                .await?;
        after = step.flatten().unwrap_or(last);
    }
    found.truncate(100);
    Ok(found)
}

/// Limits whose count of tasks under a lease disagrees with the leases, at most a hundred.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn recount_limits(engine: &Engine, ctx: &Ctx) -> Result<Vec<LimitDisagreement>, Error> {
    ctx.require(SYSTEM_READ)?;
    Ok(store::limits::disagreements(engine.database().reader(), 100).await?)
}

/// What the engine counted about itself.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn tallies(engine: &Engine, ctx: &Ctx) -> Result<Vec<Tally>, Error> {
    ctx.require(SYSTEM_READ)?;
    Ok(store::recount::tallies(engine.database().reader()).await?)
}
