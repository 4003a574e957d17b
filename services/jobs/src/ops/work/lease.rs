//! Staying alive under a lease: heartbeats, progress, output.

use std::time::Duration;

use metier_core::{Ctx, Fault, Timestamp};
use metier_db::DbError;
use uuid::Uuid;

use super::{holder, may_work};
use crate::{
    error::Error,
    ops::engine::Engine,
    store::{
        self, CANCELLING,
        leases::Lease,
        orders::{self, Order},
        output::{NewOutput, NewProgress},
        ready::QueuedTask,
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
/// `permission_denied`, or a database failure.
pub async fn heartbeat(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    (progress, wait): (Vec<(i64, i64, String)>, Duration),
) -> Result<Option<Vec<Stop>>, Error> {
    may_work(ctx)?;
    let mut cancelling = engine.database().signals().subscribe(CANCELLING);
    let Some((held, now)) = extend(engine, (lease, holder(ctx)), progress).await? else { return Ok(None) };
    engine.claimed.notify_one();
    let stops = stops(engine, &held, now).await?;
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
        let stops = self::stops(engine, &held, now).await?;
        if !stops.is_empty() {
            return Ok(Some(stops));
        }
    }
}

/// The lease as extended, and the moment of that.
async fn extend(
    engine: &Engine,
    (lease, holder): (Uuid, String),
    progress: Vec<(i64, i64, String)>,
) -> Result<Option<(Lease, Timestamp)>, Error> {
    let (tools, length) = (engine.tools.clone(), engine.config.lease());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::extend(tx, (lease, &holder), (now, now.plus(length))).await?;
            if let Some(held) = &held {
                store::output::set_progress(tx, &new_progress(held, progress), now).await?;
            }
            Ok::<_, DbError>(held.map(|held| (held, now)))
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

async fn stops(engine: &Engine, held: &Lease, now: Timestamp) -> Result<Vec<Stop>, Error> {
    let mut runs: Vec<i64> = held.tasks.iter().map(|task| task.run).collect();
    runs.sort_unstable();
    runs.dedup();
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let orders = orders::of_runs(engine.database().reader(), runs).await?;
    let lenient = held.reported_at.plus(engine.config.grace() / 2);
    let reason = |order: &Order| match order.cancelling {
        true => Some("cancelled"),
        false => (lenient.plus(order.timeout) <= now).then_some("timed_out"),
    };
    let stop = |task: &QueuedTask| {
        let order = orders.iter().find(|order| order.run == task.run)?;
        Some(Stop { task: task.task, reason: reason(order)? })
    };
    Ok(held.tasks.iter().filter_map(stop).collect())
}

/// Appends captured output under a lease. `false` when the lease has ended.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn append_output(
    engine: &Engine,
    ctx: &Ctx,
    lease: Uuid,
    pieces: Vec<(i64, String, String, Timestamp)>,
) -> Result<bool, Error> {
    may_work(ctx)?;
    check_streams(&pieces)?;
    let (tools, holder) = (engine.tools.clone(), holder(ctx));
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = store::now(tx, &tools.clock).await?;
            let held = store::leases::hold(tx, vec![lease], &holder, now).await?;
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
