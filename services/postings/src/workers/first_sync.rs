//! Syncs what was never synced, so that a fresh installation has something to find.

use std::time::Duration;

use metier_core::{Fault, FaultKind};
use metier_harness::Kit;
use tokio_util::sync::CancellationToken;

use super::sync;
use crate::{ops::Desk, store};

/// Until the worker has told the engine of its kinds, the engine does not know them.
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// Submits a run for each source of `[postings] first_sync` from which nothing was ever fetched, then has nothing to do.
pub async fn submit((desk, kit): (Desk, Kit), stop: CancellationToken) -> Result<(), Fault> {
    for name in &desk.config.first_sync {
        let source = store::sources::find(desk.database.reader(), name).await.map_err(Fault::internal)?;
        let Some(source) = source.filter(|source| source.ever_fetched == 0) else { continue };
        // The same source registered anew is another one.
        let key = format!("first-sync-{name}-{}", source.created_at);
        tokio::select! {
            submitted = until_submitted(&kit, name, key) => submitted?,
            () = stop.cancelled() => return Ok(()),
        }
    }
    stop.cancelled().await;
    Ok(())
}

async fn until_submitted(kit: &Kit, source: &str, key: String) -> Result<(), Fault> {
    loop {
        match sync::submit(kit, &kit.ctx(), source, Some(key.clone())).await {
            Ok(run) => {
                tracing::info!(source, run = run.number, "the first sync begins");
                return Ok(());
            }
            Err(fault) if fault.code == "unknown_kind" || fault.kind == FaultKind::Unavailable => {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            Err(fault) => return Err(fault),
        }
    }
}
