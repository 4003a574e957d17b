//! What can be watched.

use std::time::Duration;

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, stream};
use metier_core::{Ctx, Fault, RunId, Timestamp};
use metier_graphql::{Whole, refused};

use super::{caller, engine, model::JobStatusModel};
use crate::{
    error::Error,
    ops::{Engine, runs},
};

/// Tasks end without a signal of their own: how often the counters are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Rights may have changed after this long; who still watches then asks again.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// The root of what is watched.
pub struct Subscription;

#[Subscription]
impl Subscription {
    /// A run as it is now, and again whenever something of it has changed, until it ends; at most ten minutes.
    async fn job_progress(
        &self,
        context: &Context<'_>,
        id: Whole,
    ) -> Result<impl Stream<Item = Result<JobStatusModel>> + use<>> {
        let (engine, ctx) = (engine(context)?.clone(), caller(context)?.clone());
        let run = runs::named(&engine, &ctx, &id.0.to_string()).await.map_err(refused)?;
        // What may not be seen is refused here, before the stream begins.
        runs::get(&engine, &ctx, run).await.map_err(refused)?;
        let until = engine.clock().now().plus(LONGEST);
        Ok(stream::unfold(Some(Watch { engine, ctx, run, until, told: None }), step))
    }
}

struct Watch {
    engine: Engine,
    ctx: Ctx,
    run: RunId,
    until: Timestamp,
    told: Option<JobStatusModel>,
}

/// What to tell next, and the watch to go on with, if there is more.
async fn step(watch: Option<Watch>) -> Option<(Result<JobStatusModel>, Option<Watch>)> {
    let mut watch = watch?;
    match next(&watch).await {
        Ok(None) => None,
        Ok(Some(now)) if now.has_ended() => Some((Ok(now), None)),
        Ok(Some(now)) => {
            watch.told = Some(now.clone());
            Some((Ok(now), Some(watch)))
        }
        Err(error) => Some((Err(refused(Fault::from(error))), None)),
    }
}

/// The run, once it is other than was told; nothing when the time is over.
async fn next(watch: &Watch) -> Result<Option<JobStatusModel>, Error> {
    let engine = &watch.engine;
    while engine.clock().now() < watch.until {
        let now = JobStatusModel::from(runs::get(engine, &watch.ctx, watch.run).await?);
        if watch.told.as_ref() != Some(&now) {
            return Ok(Some(now));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(None)
}
