//! Declaring the kinds a worker handles.

use metier_core::{Ctx, Fault, FaultKind, Violation, WorkspaceId};
use metier_db::DbError;

use super::{admitted, check_worker, kind_ids, note_worker};
use crate::{
    domain::kind::{Kind, KindName, WORKFLOW},
    error::Error,
    ops::engine::Engine,
    store,
};

/// Declares the kinds a worker handles.
///
/// # Errors
/// `permission_denied`, `kind_shared`, `invalid_schema`, `invalid_parameters`.
pub async fn register(
    engine: &Engine,
    ctx: &Ctx,
    (worker, capabilities): (&str, &[String]),
    kinds: Vec<Kind>,
) -> Result<(), Error> {
    check_worker(worker, capabilities)?;
    admitted(engine, ctx, &kinds.iter().map(|kind| &kind.name).collect::<Vec<_>>()).await?;
    kinds.iter().try_for_each(check_kind)?;
    let known = engine.reload_catalogue().await?;
    let changed: Vec<Kind> = kinds
        .iter()
        .filter(|kind| {
            known.get(&kind.name.name, Some(kind.name.version)).map_or(true, |old| differs(old, kind))
        })
        .cloned()
        .collect();
    if !changed.is_empty() {
        may_change_catalogue(ctx)?;
        let now = engine.tools.clock.now();
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                for kind in &changed {
                    store::kinds::register(tx, kind, now).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        write.await?;
        engine.reload_catalogue().await?;
    }
    let names: Vec<KindName> = kinds.into_iter().map(|kind| kind.name).collect();
    note_worker(engine, ctx, worker, (&kind_ids(engine, &names).await?, capabilities)).await
}

/// All workspaces share the catalogue: another one's workers bring handlers for what is in it and change nothing.
fn may_change_catalogue(ctx: &Ctx) -> Result<(), Fault> {
    if ctx.workspace == WorkspaceId::DEFAULT {
        return Ok(());
    }
    let message =
        "kinds are shared by all workspaces, so only workers of the default one declare or change them";
    Err(Fault::new(FaultKind::Forbidden, "kind_shared", message))
}

fn differs(old: &Kind, new: &Kind) -> bool {
    let facts = |kind: &Kind| (kind.timeout, kind.max_attempts, kind.backoff, kind.grants.clone());
    facts(old) != facts(new)
        || old.description != new.description
        || old.parameter_schema != new.parameter_schema
}

fn check_kind(kind: &Kind) -> Result<(), Fault> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    let name = &kind.name.name;
    let mut violations = Vec::new();
    if name.is_empty() || name.len() > 100 || !name.bytes().all(plain) {
        violations
            .push(Violation { field: "/name".into(), message: "must be 1 to 100 of a-z 0-9 - _ .".into() });
    }
    if name == WORKFLOW {
        let message = "is the engine's own; choose another".into();
        violations.push(Violation { field: "/name".into(), message });
    }
    if kind.name.version < 1 {
        violations.push(Violation { field: "/version".into(), message: "must be at least 1".into() });
    }
    if violations.is_empty() { Ok(()) } else { Err(Fault::violations(violations)) }
}
