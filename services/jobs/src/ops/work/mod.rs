//! What workers do: register kinds, claim, report, stay alive.

mod acknowledge;
mod claim;
mod hand_out;
mod lease;
mod register;
mod scope;

use metier_contract_identity::ApiKeyScope;
use metier_contract_jobs::TASKS_CLAIM;
use metier_core::{Actor, Ctx, Fault, WorkspaceId};
use metier_db::DbError;

use super::engine::Engine;
use crate::{
    domain::{
        conditions::{MAX_CAPABILITIES, capability_violations},
        kind::KindName,
    },
    error::Error,
    store,
};

pub use acknowledge::acknowledge;
pub(in crate::ops) use claim::is_transient;
pub use claim::{ClaimWish, Claimed, MAX_CLAIM, MAX_WAIT, Reported, claim, complete};
pub use lease::{Stop, append_output, heartbeat};
pub use register::register;
pub use scope::KeyScopes;

fn check_worker(worker: &str, capabilities: &[String]) -> Result<(), Fault> {
    let violations = capability_violations("/capabilities", capabilities);
    if !violations.is_empty() {
        return Err(Fault::violations(violations));
    }
    if capabilities.len() > MAX_CAPABILITIES {
        return Err(Fault::invalid("/capabilities", format!("must be at most {MAX_CAPABILITIES}")));
    }
    if worker.is_empty() || worker.len() > 200 || worker.contains(char::is_control) {
        return Err(Fault::invalid("/worker", "must be 1 to 200 printable characters"));
    }
    Ok(())
}

/// Whether the caller may claim these kinds; its key's scope, if it is a key that calls.
async fn admitted(engine: &Engine, ctx: &Ctx, kinds: &[&KindName]) -> Result<Option<ApiKeyScope>, Error> {
    for kind in kinds {
        may_claim(ctx, &kind.name)?;
    }
    let Some(keys) = &engine.keys else { return Ok(None) };
    let scope = keys.of(ctx, &engine.tools.ctx(), engine.tools.clock.now()).await?;
    if let Some(scope) = &scope {
        scope::check_kinds(scope, kinds.iter().copied())?;
    }
    Ok(scope)
}

fn may_claim(ctx: &Ctx, kind: &str) -> Result<(), Fault> {
    if ctx.grants.allow_on(&format!("tasks.{kind}"), "claim") {
        return Ok(());
    }
    ctx.require(TASKS_CLAIM)
}

/// Whether the caller may claim tasks of any kind at all. What it may report is what it claimed: see [`holder`].
fn may_work(ctx: &Ctx) -> Result<(), Fault> {
    if ctx.grants.allow_within("tasks", "claim") {
        return Ok(());
    }
    ctx.require(TASKS_CLAIM)
}

/// For whom leases of this caller count. The token of a lease is worth nothing to anybody else, nor to the same caller
/// in another workspace; services work for all of them.
fn holder(ctx: &Ctx) -> String {
    match works_for(ctx) {
        None => ctx.actor.to_string(),
        Some(workspace) => format!("{} in {workspace}", ctx.actor),
    }
}

async fn kind_ids(engine: &Engine, names: &[KindName]) -> Result<Vec<i64>, Error> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        ids.push(engine.kind(&name.name, Some(name.version)).await?.id);
    }
    Ok(ids)
}

/// The workspace a worker works for; every one for Metier's own services.
fn works_for(ctx: &Ctx) -> Option<WorkspaceId> {
    (!matches!(ctx.actor, Actor::Service { .. })).then_some(ctx.workspace)
}

async fn note_worker(
    engine: &Engine,
    ctx: &Ctx,
    worker: &str,
    (kinds, capabilities): (&[i64], &[String]),
) -> Result<(), Error> {
    let workspace = works_for(ctx);
    if !engine.should_note(workspace, worker) {
        return Ok(());
    }
    let (worker, kinds, now) = (worker.to_owned(), kinds.to_vec(), engine.tools.clock.now());
    let capabilities = capabilities.to_vec();
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            Ok::<_, DbError>(
                store::workers::saw(tx, (workspace, &worker), (&kinds, &capabilities), now).await?,
            )
        })
    });
    Ok(write.await?)
}
