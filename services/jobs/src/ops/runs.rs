//! Runs as people see and steer them.

use std::time::Duration;

use metier_contract_jobs::{RUNS_CANCEL, RUNS_READ, RUNS_RETRY, event::RUN_REPLAYED};
use metier_core::{Ctx, Fault, FaultKind, Page, PageRequest, RunId};
use metier_db::DbError;
use serde_json::json;

use super::{engine::Engine, waiting, workflows};
use crate::{
    domain::{bad_items::BadItem, counts::Counts, explain::Waits, kind::WORKFLOW, state::RunState},
    error::Error,
    store::{
        self, RUNS_CHANGED,
        run_pages::Filter,
        runs::{RunRow, Sight, StateCount},
    },
};

/// A worker counts as present this long after it was last heard.
pub const PRESENT: Duration = Duration::from_secs(120);

/// A run, with why it waits or failed.
#[derive(Clone, Debug)]
pub struct RunView {
    /// The row.
    pub row: RunRow,
    /// One sentence, when there is something to explain.
    pub reason: Option<String>,
    /// What it waits for, when it waits.
    pub waits: Option<Waits>,
}

impl RunRow {
    /// Its state, typed.
    pub fn run_state(&self) -> RunState {
        self.state.parse().unwrap_or(RunState::Failed)
    }

    /// Its tasks by state.
    pub const fn counts(&self) -> Counts {
        Counts::from_columns([
            self.waiting,
            self.ready,
            self.running,
            self.succeeded,
            self.failed,
            self.timed_out,
            self.cancelled,
            self.skipped,
        ])
    }
}

/// Which runs the caller may see: their own, or everyone's with `runs:read_all`.
pub fn sight(ctx: &Ctx) -> Sight {
    let owner = if ctx.sees_all("runs") { None } else { Some(ctx.actor.user().unwrap_or_else(nobody)) };
    Sight { workspace: ctx.workspace, owner }
}

/// An owner that owns nothing.
fn nobody() -> metier_core::UserId {
    metier_core::UserId::from_uuid(uuid::Uuid::max())
}

/// A page of runs, newest first.
///
/// # Errors
/// `permission_denied`, a foreign cursor, or a database failure.
pub async fn list(
    engine: &Engine,
    ctx: &Ctx,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Page<RunRow>, Error> {
    ctx.require(RUNS_READ)?;
    let before = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?;
    let limit = i64::from(page.limit) + 1;
    let rows =
        store::run_pages::list(engine.database().reader(), sight(ctx), filter, (before, limit)).await?;
    Ok(Page::from_rows(rows, page.limit, |row| row.number))
}

/// One run, explained.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, id: RunId) -> Result<RunView, Error> {
    ctx.require(RUNS_READ)?;
    let row = find(engine, ctx, id).await?;
    view(engine, row).await
}

/// The id of the run that a text names: by its id, or by its number. Any other text names none.
///
/// # Errors
/// `unauthenticated`, `not_found`, or a database failure.
pub async fn named(engine: &Engine, ctx: &Ctx, text: &str) -> Result<RunId, Error> {
    ctx.require_somebody()?;
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let row = match text.parse() {
        Ok(number) => store::runs::find_by_number(engine.database().reader(), sight(ctx), number).await?,
        Err(_) => None,
    };
    Ok(row.map(|row| RunId::from_uuid(row.id)).ok_or_else(|| Fault::not_found("run", text))?)
}

/// The run itself; hidden runs are not found.
///
/// # Errors
/// `not_found`, or a database failure.
pub async fn find(engine: &Engine, ctx: &Ctx, id: RunId) -> Result<RunRow, Error> {
    let row = store::runs::find(engine.database().reader(), sight(ctx), id).await?;
    row.ok_or(Error::NoRun(id))
}

/// How many items of a run were wrong and left out, and the first of them.
///
/// # Errors
/// As [`find`].
pub async fn bad_items(engine: &Engine, ctx: &Ctx, run: &str) -> Result<(i64, Vec<BadItem>), Error> {
    ctx.require(RUNS_READ)?;
    let row = find(engine, ctx, named(engine, ctx, run).await?).await?;
    let items = store::bad_items::list(engine.database().reader(), row.number).await?;
    Ok((row.bad_items, items))
}

async fn view(engine: &Engine, row: RunRow) -> Result<RunView, Error> {
    let state = row.run_state();
    let waits = waiting::why(engine, &row, state).await?;
    let reason = waits.as_ref().map(|waits| waits.sentence.clone()).or_else(|| row.reason.clone());
    Ok(RunView { row, reason, waits })
}

/// How many runs the caller may see are in each state.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn counts(engine: &Engine, ctx: &Ctx) -> Result<Vec<StateCount>, Error> {
    ctx.require(RUNS_READ)?;
    Ok(store::runs::counts(engine.database().reader(), sight(ctx)).await?)
}

/// Cancels a run: what waits ends at once, what runs is told to stop. Cancelling twice is no error.
///
/// # Errors
/// `permission_denied`, `not_found`, `run_ended`, or a database failure.
pub async fn cancel(engine: &Engine, ctx: &Ctx, id: RunId) -> Result<RunView, Error> {
    ctx.require(RUNS_CANCEL)?;
    let row = find(engine, ctx, id).await?;
    if row.run_state().has_ended() {
        return Err(Error::RunEnded(id, row.state));
    }
    while cancel_step(engine, ctx, &row).await? {}
    if row.kind_name == WORKFLOW && row.run_state() == RunState::Cancelling {
        workflows::apply::stop_within(engine, row.number).await?;
    }
    view(engine, find(engine, ctx, id).await?).await
}

async fn cancel_step(engine: &Engine, ctx: &Ctx, row: &RunRow) -> Result<bool, Error> {
    let (tools, ctx, number, id) = (engine.tools.clone(), ctx.clone(), row.number, row.id);
    let before = row.state.clone();
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let step = store::cancel::step(tx, number, tools.clock.now()).await?;
            store::workflows::stop(tx, number).await?;
            if before != RunState::Cancelling.name() {
                let change = (Some(before), Some(RunState::Cancelling.name()));
                tools.outbox.audit(tx, &ctx, "runs.cancel", id, change).await?;
            }
            tools.announce_ended(tx, &step.ended).await?;
            tx.signal(RUNS_CHANGED);
            Ok::<_, DbError>(step.more)
        })
    });
    Ok(write.await?)
}

/// Replays the tasks of an ended run that did not succeed, or one of them. Answers the run and how many tasks
/// were put back in line.
///
/// # Errors
/// `permission_denied`, `not_found`, `run_open`, `nothing_to_replay`, or a database failure.
pub async fn retry(
    engine: &Engine,
    ctx: &Ctx,
    id: RunId,
    index: Option<i64>,
) -> Result<(RunView, usize), Error> {
    ctx.require(RUNS_RETRY)?;
    let row = find(engine, ctx, id).await?;
    if !row.run_state().has_ended() {
        return Err(Error::RunOpen(id, row.state));
    }
    let is_workflow = row.kind_name == WORKFLOW;
    if is_workflow && index.is_some() {
        let message = "steps of a workflow are replayed together: replay the run, or the run of a step";
        return Err(Fault::new(FaultKind::Conflict, "step_of_workflow", message).into());
    }
    let (tools, actor, number) = (engine.tools.clone(), ctx.clone(), row.number);
    let (documents, ageing) = (engine.documents.clone(), engine.config.ageing());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let now = tools.clock.now();
            let replayed = match is_workflow {
                true => workflows::resume::run(tx, &documents, number, (now, ageing)).await?,
                false => store::replay::run(tx, number, index, (now, ageing)).await?,
            };
            let Some((run, tasks)) = replayed else { return Ok::<_, DbError>(0) };
            let change = (Some(run.epoch - 1), Some(run.epoch));
            tools.outbox.audit(tx, &actor, "runs.retry", run.id, change).await?;
            let told = json!([{ "id": run.id, "number": run.number, "workspace": run.workspace, "owner": run.owner,
                "epoch": run.epoch, "correlation": run.correlation, "tasks": tasks }]);
            tools.announce(tx, &actor, RUN_REPLAYED, (run.id, told)).await?;
            Ok(tasks)
        })
    });
    match write.await? {
        0 => Err(Error::NothingToReplay(id)),
        tasks => Ok((view(engine, find(engine, ctx, id).await?).await?, tasks)),
    }
}

/// Waits until runs may have changed, at most `wait`.
pub async fn changed(engine: &Engine, wait: Duration) {
    let mut changed = engine.database().signals().subscribe(RUNS_CHANGED);
    let _ = tokio::time::timeout(wait, changed.wait()).await;
}

/// The run that a submission just made or found, by its number.
///
/// # Errors
/// `not_found`, or a database failure.
pub async fn submitted(engine: &Engine, ctx: &Ctx, number: i64) -> Result<RunView, Error> {
    let everyone = Sight { workspace: ctx.workspace, owner: None };
    let row = store::runs::find_by_number(engine.database().reader(), everyone, number).await?;
    let row = row.ok_or_else(|| metier_core::Fault::not_found("run", number))?;
    view(engine, row).await
}
