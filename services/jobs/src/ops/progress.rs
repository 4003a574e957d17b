//! How far all runs at work are, for services that tell people of theirs.

use std::time::Duration;

use metier_core::{Ctx, Permission};

use super::engine::Engine;
use crate::{
    error::Error,
    store::{self, RUNS_CHANGED, progress::ProgressRow},
};

/// Everybody's runs are told to who may read every event, which no person but an administrator may.
const READ: Permission = Permission::new("events", "read");
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What there is to tell.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The newest runs at work.
    pub runs: Vec<ProgressRow>,
    /// Whether any run is open, at work or still in line.
    pub open: bool,
}

/// How far runs are. Waits up to `wait` while none is open.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn read(engine: &Engine, ctx: &Ctx, wait: Duration) -> Result<Progress, Error> {
    ctx.require(READ)?;
    let mut changed = engine.database().signals().subscribe(RUNS_CHANGED);
    let seen = look(engine).await?;
    if seen.open || wait.is_zero() {
        return Ok(seen);
    }
    let _ = tokio::time::timeout(wait.min(LONGEST_WAIT), changed.wait()).await;
    look(engine).await
}

async fn look(engine: &Engine) -> Result<Progress, Error> {
    let reader = engine.database().reader();
    if !store::progress::is_any_open(reader).await? {
        return Ok(Progress::default());
    }
    Ok(Progress { runs: store::progress::list(reader).await?, open: true })
}
