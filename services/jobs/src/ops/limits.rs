//! Keys and what they allow, as people see and set them.

use metier_contract_jobs::{QUEUES_MANAGE, QUEUES_READ};
use metier_core::{Ctx, Fault, FaultKind, Page, PageRequest, WorkspaceId};
use metier_db::DbError;
use serde_json::json;

use super::engine::Engine;
use crate::{
    domain::limit::{KeyLimit, Limit, is_key},
    error::Error,
    store::{self, limits, limits::LimitRow},
};

/// A page of the keys that have a limit, in order.
///
/// # Errors
/// `permission_denied`, a foreign cursor, or a database failure.
pub async fn list(engine: &Engine, ctx: &Ctx, page: &PageRequest) -> Result<Page<LimitRow>, Error> {
    ctx.require(QUEUES_READ)?;
    let after = page.after.as_ref().map(metier_core::Cursor::key::<String>).transpose()?.unwrap_or_default();
    let bounds = (after.as_str(), i64::from(page.limit) + 1);
    let rows = limits::list(engine.database().reader(), ctx.workspace, bounds).await?;
    Ok(Page::from_rows(rows, page.limit, |row| row.key.clone()))
}

/// One key.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, key: &str) -> Result<LimitRow, Error> {
    ctx.require(QUEUES_READ)?;
    find(engine, ctx, key).await
}

async fn find(engine: &Engine, ctx: &Ctx, key: &str) -> Result<LimitRow, Error> {
    let row = limits::find(engine.database().reader(), ctx.workspace, key).await?;
    Ok(row.filter(|row| !row.limit().is_open()).ok_or_else(|| Fault::not_found("limit", key))?)
}

/// Says what a key allows from now on. Tasks that run go on, even when they are more than that.
///
/// # Errors
/// `permission_denied`, `invalid_parameters`, or a database failure.
pub async fn set(engine: &Engine, ctx: &Ctx, key: &str, limit: Limit) -> Result<LimitRow, Error> {
    ctx.require(QUEUES_MANAGE)?;
    let mut violations = limit.violations("");
    if !is_key(key) {
        return Err(Fault::invalid("/key", "must be 1 to 200 of A-Z a-z 0-9 - _ . :").into());
    }
    if limit.is_open() {
        let message = "give concurrency, rate, or both; to lift a limit, delete it".into();
        violations.push(metier_core::Violation { field: "/concurrency".into(), message });
    }
    if !violations.is_empty() {
        return Err(Fault::violations(violations).into());
    }
    write(engine, ctx, ("limits.set", key), limit).await?;
    find(engine, ctx, key).await
}

/// Lifts a limit: the key allows everything until somebody sets it again.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn delete(engine: &Engine, ctx: &Ctx, key: &str) -> Result<(), Error> {
    ctx.require(QUEUES_MANAGE)?;
    find(engine, ctx, key).await?;
    write(engine, ctx, ("limits.delete", key), Limit::default()).await
}

async fn write(
    engine: &Engine,
    ctx: &Ctx,
    (action, key): (&'static str, &str),
    limit: Limit,
) -> Result<(), Error> {
    let (tools, actor, key) = (engine.tools.clone(), ctx.clone(), key.to_owned());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let before = limits::find(tx, actor.workspace, &key).await?.map(|row| row.limit());
            let now = store::now(tx, &tools.clock).await?;
            limits::set(tx, (actor.workspace, &key), limit, now).await?;
            let change = (before.filter(|limit| !limit.is_open()).map(told), Some(told(limit)));
            tools.outbox.audit(tx, &actor, action, &key, change).await?;
            Ok::<_, DbError>(())
        })
    });
    Ok(write.await?)
}

fn told(limit: Limit) -> serde_json::Value {
    let rate = limit.rate.map(|rate| json!([rate.count, rate.per_seconds, rate.burst]));
    json!({ "concurrency": limit.concurrency, "rate": rate })
}

/// The id of the limit that a run's tasks are under; 0 for none. A key that is new gets the limit that came with it,
/// and one that somebody has set keeps theirs.
///
/// # Errors
/// `unknown_limit` for a new key without one, or a database failure.
pub(super) async fn resolve(
    engine: &Engine,
    workspace: WorkspaceId,
    wanted: Option<&KeyLimit>,
) -> Result<i64, Error> {
    let Some(KeyLimit { key, limit }) = wanted else { return Ok(0) };
    if let Some(id) = engine.known_limit(workspace, key) {
        return Ok(id);
    }
    let mut row = limits::find(engine.database().reader(), workspace, key).await?;
    if row.is_none() && !limit.is_open() {
        let (tools, key, limit) = (engine.tools.clone(), key.clone(), *limit);
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                limits::define(tx, (workspace, &key), limit, tools.clock.now()).await?;
                Ok::<_, DbError>(limits::find(tx, workspace, &key).await?)
            })
        });
        row = write.await?;
    }
    let id = row.ok_or_else(|| unknown(key))?.id;
    engine.remember_limit(workspace, key, id);
    Ok(id)
}

fn unknown(key: &str) -> Fault {
    let message =
        format!("nobody has said what key {key} allows: give concurrency or rate with it, or set it first");
    Fault::new(FaultKind::Invalid, "unknown_limit", message)
}
