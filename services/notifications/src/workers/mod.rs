//! What runs in the background: reading logs, sending, and forgetting what is old.

use std::time::Duration;

use metier_bus::{LogReader, NO_LOG};
use metier_core::Fault;
use metier_harness::{Loop, until};
use tokio_util::sync::CancellationToken;

use crate::{
    ops::Notifications,
    store::{CHANGED, DUE},
};

/// Events taken in one transaction.
const BATCH: u32 = 100;
const WAIT: Duration = Duration::from_secs(55);
const RETRY: Duration = Duration::from_secs(1);
/// The database is asked this often although nothing is known to be due, should a signal be lost.
const SAFETY: Duration = Duration::from_mins(5);
const BETWEEN_SWEEPS: Duration = Duration::from_mins(10);

/// Every loop of the service.
pub fn loops(service: &Notifications) -> Vec<Loop> {
    let readers = service.logs().iter().map(|(publisher, log)| {
        let (service, publisher, log) = (service.clone(), *publisher, log.clone());
        Loop::new(format!("webhooks.{publisher}"), move |stop| {
            follow(service.clone(), publisher, log.clone(), stop)
        })
    });
    let (sender, sweeper) = (service.clone(), service.clone());
    let others = [
        Loop::new("send", move |stop| send(sender.clone(), stop)),
        Loop::new("forget-deliveries", move |stop| forget(sweeper.clone(), stop)),
    ];
    readers.chain(others).collect()
}

/// Reads one log while there is anybody to read it for.
async fn follow(
    service: Notifications,
    publisher: &'static str,
    log: LogReader,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let mut changed = service.database().signals().subscribe(CHANGED);
    loop {
        if !service.has_hearers().await.map_err(Fault::from)? {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = changed.wait() => {}
                () = tokio::time::sleep(SAFETY) => {}
            }
            continue;
        }
        let read = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            read = read(&service, publisher, &log) => read,
        };
        match read {
            Ok(()) => {}
            Err(fault) if fault.code == NO_LOG => {
                stop.cancelled().await;
                return Ok(());
            }
            Err(fault) => {
                tracing::debug!(error = %fault.chain(), publisher, "cannot read events for webhooks; trying again");
                tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(RETRY) => {}
                }
            }
        }
    }
}

async fn read(service: &Notifications, publisher: &'static str, log: &LogReader) -> Result<(), Fault> {
    let after = service.place(publisher).await.map_err(Fault::from)?;
    let found = log.read(after, &[], BATCH, WAIT).await?;
    if found.position > after {
        service.take(publisher, after, found).await.map_err(Fault::from)?;
    }
    Ok(())
}

async fn send(service: Notifications, stop: CancellationToken) -> Result<(), Fault> {
    let mut due = service.database().signals().subscribe_any([DUE, CHANGED]);
    loop {
        let next = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            next = service.send_due() => next.map_err(Fault::from)?,
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = due.wait() => {}
            () = tokio::time::sleep(SAFETY) => {}
            () = until(service.clock(), next) => {}
        }
    }
}

async fn forget(service: Notifications, stop: CancellationToken) -> Result<(), Fault> {
    loop {
        let forgotten = service.forget_old().await.map_err(Fault::from)?;
        tracing::debug!(forgotten, "forgot old deliveries");
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(BETWEEN_SWEEPS) => {}
        }
    }
}
