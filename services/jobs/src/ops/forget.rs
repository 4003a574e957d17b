//! Forgetting what ended long ago: by the installation's rule, or by the rules of jobs; archived first if so configured.

use std::time::Duration;

use metier_db::DbError;

use super::{archive, engine::Engine};
use crate::{
    error::Error,
    store::{
        self,
        retention::{self, Due, Place, Rule},
    },
};

/// Idempotency keys of other operations are kept this long.
const KEEP_KEYS: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const KEYS_CHUNK: u32 = 1_000;

/// Deletes what is older than its retention, in chunks. Answers how many runs went.
///
/// # Errors
/// A database or blob store failure.
pub async fn forget(engine: &Engine) -> Result<usize, Error> {
    let mut runs = forget_due(engine, None).await?;
    for rule in retention::rules(engine.database().reader()).await? {
        runs += forget_due(engine, Some(&rule)).await?;
    }
    let now = engine.tools.clock.now();
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            store::workers::forget(tx, now.minus(KEEP_KEYS)).await?;
            metier_db::forget_before(tx, now.minus(KEEP_KEYS), KEYS_CHUNK).await?;
            Ok::<_, DbError>(())
        })
    });
    write.await?;
    Ok(runs)
}

/// What a job's rule lets go, or without one the installation's.
async fn forget_due(engine: &Engine, rule: Option<&Rule>) -> Result<usize, Error> {
    let (mut runs, mut after) = (0, Place::default());
    loop {
        let due = due(engine, rule, after).await?;
        let Some(last) = due.last() else { return Ok(runs) };
        after = (last.ended_at, last.number);
        for parts in retention::chunks(&due) {
            if engine.config.archive {
                archive::write(engine, &parts).await?;
            }
            let write = engine.database().write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(retention::delete(tx, &parts).await?) })
            });
            let deleted = write.await?;
            for blob in &deleted.blobs {
                engine.tools.blobs.delete(blob).await?;
            }
            runs += deleted.runs;
        }
    }
}

async fn due(engine: &Engine, rule: Option<&Rule>, after: Place) -> Result<Vec<Due>, Error> {
    let reader = engine.database().reader();
    let now = store::now(reader, &engine.tools.clock).await?;
    Ok(match rule {
        Some(rule) => retention::due_by_rule(reader, rule, now, after).await?,
        None => retention::due_by_age(reader, now.minus(engine.config.keep()), after).await?,
    })
}
