//! Running a file: item by item into one run.

use metier_core::{Ctx, Fault};
use serde_json::{Map, Value};

use super::{get, items, key};
use crate::{
    error::Error,
    ops::{
        engine::Engine,
        items::Checking,
        jobs::lay_over,
        submit::{self, Submission, Submitted},
    },
};

/// Submits a run of every item of one of the caller's uploads, or of every good one if that is wanted; `items` of the
/// submission are none.
///
/// # Errors
/// As [`submit::submit`], and `not_found` when the caller has no such upload.
pub async fn submit(
    engine: &Engine,
    ctx: &Ctx,
    wanted: &str,
    submission: Submission,
) -> Result<Submitted, Error> {
    submit_over(engine, ctx, wanted, (submission, Map::new())).await
}

/// As [`submit`], with every item laid over the same parameters.
///
/// # Errors
/// As [`submit`].
pub async fn submit_over(
    engine: &Engine,
    ctx: &Ctx,
    wanted: &str,
    (submission, base): (Submission, Map<String, Value>),
) -> Result<Submitted, Error> {
    let upload = get(engine, ctx, wanted).await?;
    let size = usize::try_from(upload.items).map_err(Fault::internal)?;
    let kind = submit::admit(engine, ctx, &submission, size).await?;
    // Held until the run is written: so many files' items are in memory at a time, and no more.
    let _turn = engine.reading.acquire().await.map_err(|_closed| Error::Stopping)?;
    let content = engine.tools.blobs.get(&key(upload.id)).await?.content;
    let largest = engine.config.max_item_bytes;
    let checking = Checking::new(kind.clone(), largest, submission.on_bad_item);
    let take: items::Each<(Map<String, Value>, Checking)> =
        |(base, checking), position, item| checking.take(position, &lay_over(base, item));
    let (_base, checking) = items::read(content, largest, ((base, checking), take)).await?;
    submit::enqueue(engine, ctx, &kind, (submission, checking.finish()?)).await
}
