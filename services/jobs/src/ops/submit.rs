//! Submitting a run: checked whole before anything is written.

use std::time::Duration;

use metier_contract_jobs::RUNS_SUBMIT;
use metier_core::{Ctx, Fault, Grants, Timestamp, Violation};
use serde_json::Value;

use super::{
    engine::Engine,
    items::{self, Items},
    limits,
    submissions::{Checked, RunKey},
};
use crate::{
    domain::{
        bad_items::OnBadItem,
        conditions::Conditions,
        kind::{Kind, WORKFLOW},
        rank::rank,
    },
    error::Error,
    store::{enqueue::NewRun, lanes::LaneKey},
};

/// Longest queue or kind name.
const MAX_NAME: usize = 100;
/// Priorities lie between minus this and this.
const MAX_PRIORITY: i64 = 100;
/// Most attempts of a task.
const MAX_ATTEMPTS: i64 = 100;
/// Longest timeout of an attempt.
const MAX_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A run as someone asks for it.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Name of a registered kind.
    pub kind: String,
    /// Its version; the newest when absent.
    pub kind_version: Option<i64>,
    /// One task each.
    pub items: Vec<Value>,
    /// What becomes of them when one is wrong.
    pub on_bad_item: OnBadItem,
    /// `default` when absent.
    pub queue: Option<String>,
    /// -100 to 100; higher goes first.
    pub priority: i64,
    /// What must hold before its tasks are claimed.
    pub conditions: Conditions,
    /// Not before this moment.
    pub run_at: Option<Timestamp>,
    /// Attempts per task; the kind's when absent.
    pub max_attempts: Option<i64>,
    /// Longest attempt; the kind's when absent.
    pub timeout: Option<Duration>,
    /// Idempotency key and fingerprint of the request.
    pub key: Option<(String, String)>,
    /// What started it: `manual`, `api`, `schedule`, `event` or `workflow`.
    pub source: &'static str,
    /// The job it executes.
    pub job: Option<uuid::Uuid>,
}

/// A submitted run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its number.
    pub number: i64,
    /// Whether an idempotency key answered with an earlier run.
    pub replayed: bool,
}

/// Submits a run and answers once it is durable.
///
/// # Errors
/// `permission_denied`, `unknown_kind`, `invalid_parameters` (naming item and field), `too_many_items`,
/// `item_too_large`, `kind_needs_more`, `unknown_limit`, `idempotency_key_reused`.
pub async fn submit(engine: &Engine, ctx: &Ctx, submission: Submission) -> Result<Submitted, Error> {
    let kind = admit(engine, ctx, &submission, submission.items.len()).await?;
    let items = check_items(engine, &kind, &submission)?;
    enqueue(engine, ctx, &kind, (submission, items)).await
}

fn check_items(engine: &Engine, kind: &Kind, submission: &Submission) -> Result<Items, Error> {
    items::check(kind, &submission.items, engine.config.max_item_bytes, submission.on_bad_item)
}

/// Whether the caller may submit so many items of that kind with these options; the kind.
///
/// # Errors
/// As [`submit`].
pub(super) async fn admit(
    engine: &Engine,
    ctx: &Ctx,
    submission: &Submission,
    items: usize,
) -> Result<Kind, Error> {
    ctx.require(RUNS_SUBMIT)?;
    check(engine, ctx, submission, items).await
}

/// Whether so many items of that kind are good with these options, and whoever they are for has every right that the
/// kind uses; the kind.
async fn check(engine: &Engine, ctx: &Ctx, submission: &Submission, items: usize) -> Result<Kind, Error> {
    let limit = engine.config.max_items;
    if items > limit {
        return Err(Error::TooManyItems { found: items, limit });
    }
    check_options(submission)?;
    demand_kind_of_workers(&submission.kind)?;
    let kind = engine.kind(&submission.kind, submission.kind_version).await?;
    check_rights(ctx, &kind)?;
    Ok(kind)
}

/// Writes a run of items that were checked.
///
/// # Errors
/// `idempotency_key_reused`, or a database failure.
pub(super) async fn enqueue(
    engine: &Engine,
    ctx: &Ctx,
    kind: &Kind,
    (submission, items): (Submission, Items),
) -> Result<Submitted, Error> {
    let key = submission.key.clone();
    let run = new_run(engine, ctx, kind, (submission, items)).await?;
    commit(engine, ctx, run, key).await
}

/// Writes a checked run, unless its idempotency key answers with an earlier one.
///
/// # Errors
/// `idempotency_key_reused`, or a database failure.
pub(super) async fn commit(
    engine: &Engine,
    ctx: &Ctx,
    run: NewRun,
    key: Option<(String, String)>,
) -> Result<Submitted, Error> {
    let (workspace, actor) = (ctx.workspace, ctx.actor.to_string());
    let key = key.map(|(key, fingerprint)| RunKey { workspace, actor, key, fingerprint });
    let accepted = engine.submissions.submit(Checked { run, key }).await?;
    Ok(Submitted { number: accepted.number, replayed: accepted.replayed })
}

/// The run that a step of a workflow starts, checked whole: whoever started the workflow asked for it.
///
/// # Errors
/// As [`submit`], but for the key and the right to submit.
pub(super) async fn prepare(engine: &Engine, ctx: &Ctx, submission: Submission) -> Result<NewRun, Error> {
    let kind = check(engine, ctx, &submission, submission.items.len()).await?;
    let items = check_items(engine, &kind, &submission)?;
    new_run(engine, ctx, &kind, (submission, items)).await
}

fn demand_kind_of_workers(kind: &str) -> Result<(), Fault> {
    if kind != WORKFLOW {
        return Ok(());
    }
    Err(Fault::invalid("/kind", "is that of steps; define a job with steps and run it by its name"))
}

async fn new_run(
    engine: &Engine,
    ctx: &Ctx,
    kind: &Kind,
    (submission, items): (Submission, Items),
) -> Result<NewRun, Error> {
    let now = engine.tools.clock.now();
    let enters = submission.run_at.map_or(now, |at| at.max(now));
    let lane = LaneKey {
        workspace: ctx.workspace,
        queue: submission.queue.unwrap_or_else(|| "default".to_owned()),
        kind: kind.id,
        owner: ctx.actor.user(),
        requires: submission.conditions.required(),
        limited_by: limits::resolve(engine, ctx.workspace, submission.conditions.limits.first()).await?,
    };
    let grants: Grants = ctx.grants.intersect(&kind.grants);
    let timeout = submission.timeout.unwrap_or(kind.timeout);
    Ok(NewRun {
        id: engine.tools.random.id(now),
        workspace: ctx.workspace,
        owner: ctx.actor.user(),
        actor: serde_json::to_string(&ctx.actor).map_err(Fault::internal)?,
        grants: serde_json::to_string(&grants).map_err(Fault::internal)?,
        source: submission.source,
        correlation: ctx.correlation.to_string(),
        job: submission.job,
        lane: engine.lane(lane).await?,
        kind: kind.id,
        priority: submission.priority,
        rank: rank(enters, submission.priority, engine.config.ageing()),
        max_attempts: submission.max_attempts.unwrap_or(kind.max_attempts),
        timeout_ms: i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX),
        run_at: submission.run_at,
        items: items.texts,
        bad_items: items.bad,
        workflow: None,
    })
}

/// Checks what a submission says beside its kind and items.
///
/// # Errors
/// `invalid_parameters` naming every field at fault.
pub fn check_options(submission: &Submission) -> Result<(), Fault> {
    let mut violations = Vec::new();
    let mut demand = |holds: bool, field: &str, message: &str| {
        if !holds {
            violations.push(Violation { field: field.into(), message: message.into() });
        }
    };
    let name_is_valid = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(plain)
    };
    let queue_is_valid = submission.queue.as_deref().is_none_or(name_is_valid);
    demand(queue_is_valid, "/queue", "must be 1 to 100 of A-Z a-z 0-9 - _ .");
    let priority_is_valid = (-MAX_PRIORITY..=MAX_PRIORITY).contains(&submission.priority);
    demand(priority_is_valid, "/priority", "must be between -100 and 100");
    let attempts_are_valid =
        submission.max_attempts.is_none_or(|attempts| (1..=MAX_ATTEMPTS).contains(&attempts));
    demand(attempts_are_valid, "/max_attempts", "must be between 1 and 100");
    let timeout_is_valid = submission
        .timeout
        .is_none_or(|timeout| timeout >= Duration::from_millis(1) && timeout <= MAX_TIMEOUT);
    demand(timeout_is_valid, "/timeout_ms", "must be between 1 and 604800000 (7 days)");
    violations.extend(submission.conditions.violations());
    if violations.is_empty() { Ok(()) } else { Err(Fault::violations(violations)) }
}

/// Whether somebody has every right that a kind uses.
///
/// # Errors
/// `kind_needs_more`.
pub(super) fn check_rights(ctx: &Ctx, kind: &Kind) -> Result<(), Error> {
    if ctx.grants.cover(&kind.grants) {
        return Ok(());
    }
    let lacking = kind.grants.texts().join(", ");
    Err(Error::KindNeedsMore { kind: kind.name.name.clone(), lacking })
}
