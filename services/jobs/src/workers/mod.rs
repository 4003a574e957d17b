//! The engine's loops. Each waits on a signal or the next moment that matters; none polls while idle.

mod workflows;

use std::time::Duration;

use metier_core::{Fault, Timestamp};
use metier_db::Backend;
use metier_harness::Loop;
use tokio_util::sync::CancellationToken;

use crate::{
    ops::{Engine, forget, upkeep, uploads},
    store::DELAYED,
};

/// On PostgreSQL another replica may die with leases this process never heard of.
const FOREIGN_LEASES: Duration = Duration::from_secs(15);
/// With nothing to wait for.
const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);
const BETWEEN_RETENTION: Duration = Duration::from_secs(60 * 60);
/// The first sweep comes this long after the start, so that a process that is restarted daily sweeps too.
const BEFORE_SWEEP: Duration = Duration::from_secs(10 * 60);
const BETWEEN_SWEEPS: Duration = Duration::from_secs(24 * 60 * 60);

/// Every loop of the engine.
pub fn loops(engine: &Engine) -> Vec<Loop> {
    let (promoter, rescuer) = (engine.clone(), engine.clone());
    let (keeper, sweeper) = (engine.clone(), engine.clone());
    let decider = engine.clone();
    vec![
        Loop::new("workflows", move |stop| workflows::decide(decider.clone(), stop)),
        Loop::new("promote", move |stop| promote(promoter.clone(), stop)),
        Loop::new("rescue", move |stop| rescue(rescuer.clone(), stop)),
        Loop::new("forget", move |stop| forget(keeper.clone(), stop)),
        Loop::new("sweep", move |stop| sweep(sweeper.clone(), stop)),
    ]
}

/// How long until `moment`, a little more so that the clock has passed it.
fn until(engine: &Engine, moment: Option<Timestamp>, otherwise: Duration) -> Duration {
    let now = engine.clock().now();
    moment.map_or(otherwise, |moment| moment.since(now) + Duration::from_millis(1)).min(otherwise)
}

async fn promote(engine: Engine, stop: CancellationToken) -> Result<(), Fault> {
    let mut delayed = engine.database().signals().subscribe(DELAYED);
    loop {
        let next = upkeep::promote(&engine).await.map_err(Fault::from)?;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = delayed.wait() => {}
            () = tokio::time::sleep(until(&engine, next, FOREVER)) => {}
        }
    }
}

async fn rescue(engine: Engine, stop: CancellationToken) -> Result<(), Fault> {
    let idle = match engine.database().backend() {
        Backend::Sqlite => FOREVER,
        Backend::Postgres => FOREIGN_LEASES,
    };
    loop {
        let next = upkeep::rescue(&engine).await.map_err(Fault::from)?;
        upkeep::finish_cancellations(&engine).await.map_err(Fault::from)?;
        let pause = until(&engine, next, idle).max(Duration::from_millis(200));
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = engine.claimed(), if next.is_none() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn forget(engine: Engine, stop: CancellationToken) -> Result<(), Fault> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(BETWEEN_RETENTION) => {}
        }
        let runs = forget::forget(&engine).await.map_err(Fault::from)?;
        if runs > 0 {
            tracing::info!(runs, "forgot ended runs");
        }
        let uploads = uploads::forget(&engine).await.map_err(Fault::from)?;
        if uploads > 0 {
            tracing::info!(uploads, "deleted old uploads");
        }
    }
}

async fn sweep(engine: Engine, stop: CancellationToken) -> Result<(), Fault> {
    let mut pause = BEFORE_SWEEP;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
        }
        pause = BETWEEN_SWEEPS;
        let blobs = upkeep::sweep(&engine).await.map_err(Fault::from)?;
        if blobs > 0 {
            tracing::info!(blobs, "deleted results that no task has");
        }
        let uploads = uploads::sweep(&engine).await.map_err(Fault::from)?;
        if uploads > 0 {
            tracing::info!(uploads, "deleted files of uploads that broke off");
        }
    }
}
