//! Keeping uploads bounded: by age, and what a crash left without a row.

use std::time::Duration;

use metier_core::{PageRequest, Timestamp};
use metier_db::DbError;
use uuid::Uuid;

use super::{PREFIX, key};
use crate::{error::Error, ops::engine::Engine, store};

const CHUNK: i64 = 100;
/// A file may lie in the blob store this long before a row names it; in truth it takes as long as it takes to send.
const ORPHANS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Deletes uploads that are older than they are kept. Answers how many went.
///
/// # Errors
/// A database or blob store failure.
pub async fn forget(engine: &Engine) -> Result<usize, Error> {
    let before = engine.tools.clock.now().minus(engine.config.keep());
    let mut gone = 0;
    loop {
        let old = store::uploads::older(engine.database().reader(), before, CHUNK).await?;
        if old.is_empty() {
            return Ok(gone);
        }
        gone += old.len();
        let rows = old.clone();
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                for id in rows {
                    store::uploads::delete(tx, id).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        write.await?;
        for id in old {
            engine.tools.blobs.delete(&key(id)).await?;
        }
    }
}

/// Deletes files in the blob store that no row names. Answers how many went.
///
/// # Errors
/// A database or blob store failure.
pub async fn sweep(engine: &Engine) -> Result<usize, Error> {
    let before = engine.tools.clock.now().minus(ORPHANS_KEPT);
    let mut page = PageRequest { limit: PageRequest::MAX, after: None };
    let mut swept = 0;
    loop {
        let found = engine.tools.blobs.list(PREFIX, &page).await?;
        let ids = found.items.iter().filter_map(|entry| entry.key.strip_prefix(PREFIX)?.parse().ok());
        let old: Vec<Uuid> = ids.filter(|id| came_before(id, before)).collect();
        let named = store::uploads::known(engine.database().reader(), old.clone()).await?;
        for orphan in old.iter().filter(|id| !named.contains(id)) {
            engine.tools.blobs.delete(&key(*orphan)).await?;
            swept += 1;
        }
        match found.next {
            Some(cursor) => page.after = Some(cursor),
            None => return Ok(swept),
        }
    }
}

/// Whether an id was given before a moment, as it says itself.
fn came_before(id: &Uuid, moment: Timestamp) -> bool {
    let seconds = id.get_timestamp().and_then(|at| i64::try_from(at.to_unix().0).ok());
    seconds.is_some_and(|seconds| Timestamp::from_seconds(seconds) < moment)
}
