//! What runs in the background: keeping time, and forgetting what is old.

use std::time::Duration;

use metier_core::Fault;
use metier_harness::{Loop, until};
use tokio_util::sync::CancellationToken;

use crate::{ops::Scheduler, store::CHANGED};

/// The database is asked this often although nothing is due, should a signal be lost.
const SAFETY: Duration = Duration::from_mins(5);
const BETWEEN_SWEEPS: Duration = Duration::from_mins(10);

/// Every loop of the service.
pub fn loops(scheduler: &Scheduler) -> [Loop; 2] {
    let (keeper, sweeper) = (scheduler.clone(), scheduler.clone());
    [
        Loop::new("time", move |stop| keep_time(keeper.clone(), stop)),
        Loop::new("forget-fires", move |stop| forget(sweeper.clone(), stop)),
    ]
}

async fn keep_time(scheduler: Scheduler, stop: CancellationToken) -> Result<(), Fault> {
    let mut changed = scheduler.database().signals().subscribe(CHANGED);
    loop {
        let next = scheduler.turn().await.map_err(Fault::from)?;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = changed.wait() => {}
            () = tokio::time::sleep(SAFETY) => {}
            () = until(scheduler.clock(), next) => {}
        }
    }
}

async fn forget(scheduler: Scheduler, stop: CancellationToken) -> Result<(), Fault> {
    loop {
        let forgotten = scheduler.forget_old().await.map_err(Fault::from)?;
        tracing::debug!(forgotten, "forgot what became of old times");
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(BETWEEN_SWEEPS) => {}
        }
    }
}
