//! What people do to a run of a workflow: decide, send signals.

use metier_contract_jobs::{RUNS_READ, RUNS_SUBMIT};
use metier_core::{Actor, Ctx, Fault, FaultKind, RunId};
use metier_db::DbError;
use serde_json::{Value, json};

use super::load::{self, Loaded};
use crate::{
    domain::{
        kind::WORKFLOW,
        state::TaskState,
        workflow::{
            document::{Approval, Work},
            standing::Decision,
        },
    },
    error::Error,
    ops::{engine::Engine, runs},
    store::{self, RUNS_CHANGED, runs::Sight, workflows},
};

/// Longest comment.
const MAX_COMMENT: usize = 1_000;

/// What somebody decides of a step.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Yes or no.
    pub approved: bool,
    /// Why.
    pub comment: String,
}

/// Approves or rejects a step that waits for it. Who may is in the document; whose run it is does not matter.
///
/// # Errors
/// `permission_denied`, `not_found`, `not_an_approver`, `not_waiting`, `run_ended`, or a database failure.
pub async fn decide(
    engine: &Engine,
    ctx: &Ctx,
    (run, step): (&str, &str),
    verdict: Verdict,
) -> Result<RunId, Error> {
    ctx.require(RUNS_READ)?;
    if verdict.comment.len() > MAX_COMMENT {
        return Err(Fault::invalid("/comment", format!("has at most {MAX_COMMENT} bytes")).into());
    }
    let loaded = anywhere(engine, ctx, run).await?;
    let id = RunId::from_uuid(loaded.run.id);
    let position = loaded.document.position(step);
    let work = position.and_then(|position| loaded.document.steps.get(position)).map(|step| &step.work);
    let may = matches!(work, Some(Work::Approval(approval)) if may_decide(ctx, approval));
    if !may {
        // Whoever may not see the run learns nothing of it.
        runs::find(engine, ctx, id).await?;
    }
    match work {
        None => return Err(Fault::not_found("step", step).into()),
        Some(Work::Approval(approval)) if !may => return Err(not_an_approver(step, approval).into()),
        Some(Work::Approval(_)) => {}
        Some(_) => return Err(Fault::invalid("/step", "does not wait for approval").into()),
    }
    demand_open(&loaded)?;
    if !take_verdict(engine, ctx, &loaded, (step, verdict)).await? {
        return Err(not_waiting(
            step,
            position.and_then(|position| loaded.facts.steps.get(position)?.state.into()),
        )
        .into());
    }
    Ok(id)
}

/// Whether the caller is one of those who decide.
pub(super) fn may_decide(ctx: &Ctx, approval: &Approval) -> bool {
    // A handler acts for somebody, but its kind decides nothing for them.
    let person = match &ctx.actor {
        Actor::User { .. } | Actor::ApiKey { .. } => ctx.actor.user(),
        _ => return false,
    };
    approval.roles.iter().any(|role| ctx.grants.cover(&role.grants()))
        || person.is_some_and(|person| approval.users.contains(&person))
}

fn not_an_approver(step: &str, approval: &Approval) -> Fault {
    let message = format!("step {step} waits for the approval of {}", approval.who());
    Fault::new(FaultKind::Forbidden, "not_an_approver", message)
}

fn not_waiting(step: &str, state: Option<TaskState>) -> Fault {
    let state = match state {
        Some(TaskState::Waiting) | None => "has not begun to wait, or was decided already".to_owned(),
        Some(state) => format!("has ended: {state}"),
    };
    Fault::new(FaultKind::Conflict, "not_waiting", format!("step {step} {state}"))
}

fn demand_open(loaded: &Loaded) -> Result<(), Error> {
    let is_open = ["queued", "running", "waiting", "cancelling"].contains(&loaded.run.state.as_str());
    if is_open {
        Ok(())
    } else {
        Err(Error::RunEnded(RunId::from_uuid(loaded.run.id), loaded.run.state.clone()))
    }
}

/// A workflow's run in the caller's workspace, whoever's it is.
async fn anywhere(engine: &Engine, ctx: &Ctx, text: &str) -> Result<Loaded, Error> {
    let (reader, everyone) = (engine.database().reader(), Sight { workspace: ctx.workspace, owner: None });
    let row = match (text.parse::<RunId>(), text.parse::<i64>()) {
        (Ok(id), _) => store::runs::find(reader, everyone, id).await?,
        (_, Ok(number)) => store::runs::find_by_number(reader, everyone, number).await?,
        _ => None,
    };
    let row = row.ok_or_else(|| Fault::not_found("run", text))?;
    if row.kind_name != WORKFLOW {
        runs::find(engine, ctx, RunId::from_uuid(row.id)).await?;
        return Err(no_workflow(text).into());
    }
    Ok(load::load(engine, row.number).await?.ok_or_else(|| Fault::not_found("run", text))?)
}

/// The answer to somebody who wants of a run what only a workflow's has.
pub fn no_workflow(run: &str) -> Fault {
    Fault::new(FaultKind::Conflict, "no_workflow", format!("run {run} is of no workflow: it has no steps"))
}

async fn take_verdict(
    engine: &Engine,
    ctx: &Ctx,
    loaded: &Loaded,
    (step, verdict): (&str, Verdict),
) -> Result<bool, Error> {
    let (tools, actor, step) = (engine.tools.clone(), ctx.clone(), step.to_owned());
    let (number, id) = (loaded.run.number, loaded.run.id);
    let (approved, comment, at) = (verdict.approved, verdict.comment, tools.clock.now());
    let decision = Decision { approved, by: ctx.actor.to_string(), comment: comment.clone(), at };
    let decision = serde_json::to_string(&decision).map_err(Fault::internal)?;
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let is_taken = workflows::answer(tx, number, (&step, &decision)).await?;
            if is_taken {
                let action = if approved { "runs.approve" } else { "runs.reject" };
                let change = (None::<Value>, Some(json!({ "step": step, "comment": comment })));
                tools.outbox.audit(tx, &actor, action, id, change).await?;
                tx.signal(RUNS_CHANGED);
            }
            Ok::<_, DbError>(is_taken)
        })
    });
    Ok(write.await?)
}

/// Sends a signal to a run. `false` when one of that name had been sent before: the first counts.
///
/// # Errors
/// `permission_denied`, `not_found`, `run_ended`, `item_too_large`, or a database failure.
pub async fn signal(
    engine: &Engine,
    ctx: &Ctx,
    run: RunId,
    (name, payload): (&str, &Value),
) -> Result<bool, Error> {
    ctx.require(RUNS_SUBMIT)?;
    let row = runs::find(engine, ctx, run).await?;
    if row.kind_name != WORKFLOW {
        return Err(no_workflow(&row.number.to_string()).into());
    }
    let number = row.number;
    let loaded = load::load(engine, number).await?.ok_or(Error::NoRun(run))?;
    demand_known(&loaded, name)?;
    demand_open(&loaded)?;
    let text = payload.to_string();
    if text.len() > engine.config.max_item_bytes {
        return Err(Error::ItemTooLarge {
            position: 0,
            found: text.len(),
            limit: engine.config.max_item_bytes,
        });
    }
    let (tools, actor, name) = (engine.tools.clone(), ctx.clone(), name.to_owned());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let is_first = workflows::send(tx, number, (&name, &text), tools.clock.now()).await?;
            if is_first {
                let change = (None::<Value>, Some(json!({ "signal": name })));
                tools.outbox.audit(tx, &actor, "runs.signal", run, change).await?;
            }
            Ok::<_, DbError>(is_first)
        })
    });
    Ok(write.await?)
}

fn demand_known(loaded: &Loaded, name: &str) -> Result<(), Fault> {
    let signals = loaded.document.steps.iter().filter_map(|step| match &step.work {
        Work::Signal { name, .. } => Some(name.as_str()),
        _ => None,
    });
    let known: Vec<&str> = signals.collect();
    if known.contains(&name) {
        return Ok(());
    }
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let message = format!("no step waits for a signal {name}; signals of this workflow: {known}");
    Err(Fault::new(FaultKind::NotFound, "not_found", message))
}
