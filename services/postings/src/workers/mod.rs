//! What runs in the background: the kind `source.sync`, first syncs, schedules, the index following the change log, and upkeep.

mod first_sync;
mod schedules;
mod sync;

pub use sync::submit as submit_sync;

use std::time::Duration;

use metier_core::Fault;
use metier_harness::{Kit, Loop};
use metier_worker::{Handlers, Worker, WorkerOptions};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::cadence::Cadences,
    ops::{Desk, upkeep},
    store::POSTINGS_CHANGED,
};

const BETWEEN_UPKEEP: Duration = Duration::from_secs(300);
/// Changes of a busy sync are taken in together: a commit of the index costs more than a row.
const GATHER: Duration = Duration::from_millis(200);
const SAFETY: Duration = Duration::from_secs(120);

/// Every loop of the service.
///
/// # Errors
/// When the engine cannot be named.
pub fn loops(desk: &Desk, kit: &Kit, cadences: Cadences) -> Result<Vec<Loop>, Fault> {
    let mut options = WorkerOptions::new("postings", &kit.clock, &kit.random);
    options.concurrency = 4;
    let handlers = Handlers::new().with(sync::kind(), sync::SourceSync::new(desk.clone()));
    let worker = Worker::new(kit.link("jobs")?, handlers, options, kit.clock.clone(), kit.random.clone());
    let (follower, keeper, beginner) = (desk.clone(), desk.clone(), (desk.clone(), kit.clone()));
    let scheduled = schedules::Schedules { desk: desk.clone(), kit: kit.clone(), cadences };
    Ok(vec![
        Loop::new("worker", move |stop| {
            let worker = worker.clone();
            async move {
                worker.run(stop).await;
                Ok(())
            }
        }),
        Loop::new("first-sync", move |stop| first_sync::submit(beginner.clone(), stop)),
        Loop::new("schedules", move |stop| scheduled.clone().keep(stop)),
        Loop::new("index", move |stop| follow(follower.clone(), stop)),
        Loop::new("upkeep", move |stop| keep(keeper.clone(), stop)),
    ])
}

/// Takes changes into the index until it is told to stop.
pub(crate) async fn follow(desk: Desk, stop: CancellationToken) -> Result<(), Fault> {
    let mut changed = desk.database.signals().subscribe(POSTINGS_CHANGED);
    loop {
        desk.index.catch_up(&desk.database).await.map_err(Fault::from)?;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = changed.wait() => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(SAFETY) => {}
        }
    }
}

async fn keep(desk: Desk, stop: CancellationToken) -> Result<(), Fault> {
    loop {
        upkeep::expire(&desk).await.map_err(Fault::from)?;
        upkeep::check_sources(&desk).await.map_err(Fault::from)?;
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(BETWEEN_UPKEEP) => {}
        }
    }
}
