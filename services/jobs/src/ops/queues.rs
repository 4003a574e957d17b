//! Queues and workers as people see and steer them.

use metier_bus::NewEvent;
use metier_contract_jobs::{
    QUEUES_MANAGE, QUEUES_READ,
    event::{QUEUE_PAUSED, QUEUE_RESUMED, TOPIC_QUEUE},
};
use metier_core::{Ctx, Timestamp};
use serde_json::json;

use super::{engine::Engine, runs::PRESENT};
use crate::{
    error::Error,
    store::{self, queues::QueueRow, workers::WorkerRow},
};

/// The queues of the caller's workspace.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn list(engine: &Engine, ctx: &Ctx) -> Result<Vec<QueueRow>, Error> {
    ctx.require(QUEUES_READ)?;
    let reader = engine.database().reader();
    let now = store::now(reader, &engine.tools.clock).await?;
    Ok(store::queues::list(reader, ctx.workspace, now).await?)
}

/// Stops handing out a queue's tasks; those running go on.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn pause(engine: &Engine, ctx: &Ctx, name: &str) -> Result<QueueRow, Error> {
    set_paused(engine, ctx, name, Some(engine.tools.clock.now())).await
}

/// Hands out a queue's tasks again.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn resume(engine: &Engine, ctx: &Ctx, name: &str) -> Result<QueueRow, Error> {
    set_paused(engine, ctx, name, None).await
}

async fn set_paused(
    engine: &Engine,
    ctx: &Ctx,
    name: &str,
    at: Option<Timestamp>,
) -> Result<QueueRow, Error> {
    ctx.require(QUEUES_MANAGE)?;
    let (tools, actor, queue) = (engine.tools.clone(), ctx.clone(), name.to_owned());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            if !store::queues::set_paused(tx, actor.workspace, &queue, at).await? {
                return Err(Error::NoQueue(queue));
            }
            let action = if at.is_some() { "queues.pause" } else { "queues.resume" };
            tools.outbox.audit(tx, &actor, action, &queue, (None::<()>, Some(at))).await?;
            let kind = if at.is_some() { QUEUE_PAUSED } else { QUEUE_RESUMED };
            let event = NewEvent::new(TOPIC_QUEUE, kind, &queue, json!({ "name": queue }));
            tools.outbox.publish(tx, &actor, event).await?;
            Ok::<_, Error>(())
        })
    });
    write.await?;
    let reader = engine.database().reader();
    let now = store::now(reader, &engine.tools.clock).await?;
    let row = store::queues::find(reader, (ctx.workspace, now), name).await?;
    row.ok_or_else(|| Error::NoQueue(name.to_owned()))
}

/// Workers heard lately: those of the caller's workspace, and those that work for every one.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn workers(engine: &Engine, ctx: &Ctx) -> Result<Vec<WorkerRow>, Error> {
    ctx.require(QUEUES_READ)?;
    let after = engine.tools.clock.now().minus(PRESENT);
    Ok(store::workers::list(engine.database().reader(), ctx.workspace, after).await?)
}
