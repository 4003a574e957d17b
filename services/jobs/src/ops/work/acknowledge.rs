//! Telling of one item that it is done, without a result: what Jobber's executors do.
//!
//! The lease is the fence, so an item is counted once, however often and by however many it is acknowledged. That it was
//! counted before is no error to who says it again: the first answer may have been lost.

use metier_core::{Ctx, Fault, FaultKind};
use uuid::Uuid;

use super::{Reported, complete, may_work};
use crate::{
    domain::{outcome::Outcome, state::TaskState},
    error::Error,
    ops::engine::Engine,
    store::{self, runs::Sight},
};

/// Counts an item of a run as done, named by the lease it was handed out under and its task.
///
/// # Errors
/// `permission_denied`, `invalid_parameters` when no item is named, `not_found` when it is none of that run,
/// `lease_ended`, or a database failure.
pub async fn acknowledge(
    engine: &Engine,
    ctx: &Ctx,
    run: i64,
    item: Result<(Uuid, i64), Fault>,
) -> Result<(), Error> {
    may_work(ctx)?;
    let (lease, task) = item?;
    let everyone = Sight { workspace: ctx.workspace, owner: None };
    let found = store::runs::find_by_number(engine.database().reader(), everyone, run).await?;
    let is_of_run = found.is_some_and(|run| (run.first_task..run.first_task + run.size).contains(&task));
    if !is_of_run {
        return Err(Fault::not_found("task", format!("{task} of run {run}")).into());
    }
    let done = Outcome::Succeeded("null".to_owned());
    let accepted = complete(engine, ctx, vec![Reported { lease, task, outcome: done }]).await?;
    if accepted == [true] || has_succeeded(engine, task).await? {
        return Ok(());
    }
    let message = "the lease has ended, and the item runs elsewhere or has another outcome";
    Err(Fault::new(FaultKind::Conflict, "lease_ended", message).into())
}

/// Whether success is a task's recorded outcome, and no replay has opened it since.
async fn has_succeeded(engine: &Engine, task: i64) -> Result<bool, Error> {
    let rows = store::tasks::list(engine.database().reader(), (task, task + 1), 1).await?;
    let succeeded = Some(TaskState::Succeeded.name());
    Ok(rows.first().is_some_and(|row| {
        row.attempt_final == Some(1)
            && row.attempt_state.as_deref() == succeeded
            && row.ready_attempt.is_none()
            && row.delayed_attempt.is_none()
    }))
}
