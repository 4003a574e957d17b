//! Staying alive under a lease: heartbeats, progress, output.

use std::time::Duration;

use metier_core::{Ctx, Fault, Timestamp};
use metier_db::DbError;
use uuid::Uuid;

use super::may_report;
use crate::{
    error::Error,
    ops::engine::Engine,
    store::{
        self, CANCELLING,
        leases::Lease,
        output::{NewOutput, NewProgress},
    },
};

/// A task a worker should stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The task.
    pub task: i64,
    /// `cancelled` or `timed_out`.
    pub reason: &'static str,
}

/// Extends a lease, keeps progress, and answers which tasks to stop; waits for one to stop if asked to.
/// `None` when the lease has ended.
///
/// # Errors
/// A database failure.
pub async fn heartbeat(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    (progress, wait): (Vec<(i64, i64, String)>, Duration),
) -> Result<Option<Vec<Stop>>, Error> {
    may_report(ctx)?;
    let mut cancelling = engine.database().signals().subscribe(CANCELLING);
    let Some(held) = extend(engine, lease, progress).await? else { return Ok(None) };
    engine.claimed.notify_one();
    let stops = stops(engine, &held).await?;
    if !stops.is_empty() || wait.is_zero() {
        return Ok(Some(stops));
    }
    let deadline = tokio::time::sleep(wait.min(engine.config.heartbeat()));
    tokio::pin!(deadline);
    loop {
        tokio::select! {
            () = cancelling.wait() => {}
            () = &mut deadline => return Ok(Some(Vec::new())),
            () = engine.tools.stop.cancelled() => return Ok(Some(Vec::new())),
        }
        let stops = self::stops(engine, &held).await?;
        if !stops.is_empty() {
            return Ok(Some(stops));
        }
    }
}

async fn extend(
    engine: &Engine,
    lease: Uuid,
    progress: Vec<(i64, i64, String)>,
) -> Result<Option<Lease>, Error> {
    let (tools, length) = (engine.tools.clone(), engine.config.lease());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::extend(tx, lease, now, now.plus(length)).await?;
            if let Some(held) = &held {
                store::output::set_progress(tx, &new_progress(held, progress), now).await?;
            }
            Ok::<_, DbError>(held)
        })
    });
    Ok(write.await?)
}

fn new_progress(held: &Lease, progress: Vec<(i64, i64, String)>) -> Vec<NewProgress> {
    let step = |(task, thousandths, message): (i64, i64, String)| {
        let attempt = held.tasks.iter().find(|queued| queued.task == task)?.attempt;
        Some(NewProgress { task, attempt, thousandths, message })
    };
    progress.into_iter().filter_map(step).collect()
}

async fn stops(engine: &Engine, held: &Lease) -> Result<Vec<Stop>, Error> {
    let mut runs: Vec<i64> = held.tasks.iter().map(|task| task.run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let cancelling = store::cancel::cancelling(engine.database().reader(), runs).await?;
    let stopped = held.tasks.iter().filter(|task| cancelling.contains(&task.run));
    Ok(stopped.map(|task| Stop { task: task.task, reason: "cancelled" }).collect())
}

/// Appends captured output under a lease. `false` when the lease has ended.
///
/// # Errors
/// A database failure.
pub async fn append_output(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    pieces: Vec<(i64, String, String, Timestamp)>,
) -> Result<bool, Error> {
    may_report(ctx)?;
    check_streams(&pieces)?;
    let tools = engine.tools.clone();
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::hold(tx, vec![lease], now).await?;
            let Some(held) = held.first() else { return Ok::<_, DbError>(false) };
            for output in by_task(held, pieces) {
                store::output::append(tx, output).await?;
            }
            Ok(true)
        })
    });
    Ok(write.await?)
}

fn by_task(held: &Lease, pieces: Vec<(i64, String, String, Timestamp)>) -> Vec<NewOutput> {
    let mut outputs: Vec<NewOutput> = Vec::new();
    for (task, stream, text, at) in pieces {
        let Some(queued) = held.tasks.iter().find(|queued| queued.task == task) else { continue };
        match outputs.iter_mut().find(|output| output.task == task) {
            Some(output) => output.pieces.push((stream, text, at)),
            None => {
                outputs.push(NewOutput { task, attempt: queued.attempt, pieces: vec![(stream, text, at)] })
            }
        }
    }
    outputs
}

fn check_streams(pieces: &[(i64, String, String, Timestamp)]) -> Result<(), Fault> {
    let known = |stream: &str| matches!(stream, "stdout" | "stderr" | "log");
    match pieces.iter().position(|(_, stream, _, _)| !known(stream)) {
        None => Ok(()),
        Some(position) => {
            Err(Fault::invalid(format!("/chunks/{position}/stream"), "must be stdout, stderr or log"))
        }
    }
}
