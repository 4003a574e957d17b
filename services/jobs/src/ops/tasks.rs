//! A run's tasks, their attempts, results and output.

use metier_contract_jobs::RUNS_READ;
use metier_core::{Ctx, Fault, Page, PageRequest, RunId};

use super::{engine::Engine, results, runs};
use crate::{
    domain::{kind::WORKFLOW, state::TaskState},
    error::Error,
    store::{
        self,
        leases::Lease,
        output::Chunk,
        runs::RunRow,
        tasks::{AttemptRow, TaskRow},
        workflows::read::{StepRow, steps},
    },
};

/// A task, with its state worked out.
#[derive(Clone, Debug)]
pub struct TaskView {
    /// Position in the run.
    pub index: i64,
    /// Where it stands.
    pub state: TaskState,
    /// Its current or latest attempt.
    pub attempt: i64,
    /// Who works on it, if it runs.
    pub running_on: Option<String>,
    /// The row.
    pub row: TaskRow,
}

/// What of a run's tasks is not in their rows.
struct Around {
    /// Who works on them.
    leases: Vec<Lease>,
    /// How they stand when they are steps of a workflow: nobody leases those.
    steps: Vec<StepRow>,
}

impl Around {
    async fn of(engine: &Engine, run: &RunRow) -> Result<Self, Error> {
        let reader = engine.database().reader();
        Ok(match run.kind_name == WORKFLOW {
            true => Self { leases: Vec::new(), steps: steps(reader, run.number).await? },
            false => Self { leases: store::leases::of_run(reader, run.number).await?, steps: Vec::new() },
        })
    }
}

/// Turns a row into a view; what is neither in line nor ended is running.
fn view(run: &RunRow, around: &Around, row: TaskRow) -> TaskView {
    let step = around.steps.iter().find(|step| step.task == row.task);
    if let Some((state, step)) = step.and_then(|step| Some((step.state.parse().ok()?, step))) {
        return TaskView {
            index: row.task - run.first_task,
            state,
            attempt: step.attempt,
            running_on: None,
            row,
        };
    }
    let leases = &around.leases;
    let queued = row.ready_attempt.or(row.delayed_attempt);
    let lease = leases.iter().find_map(|lease| {
        let task = lease.tasks.iter().find(|queued| queued.task == row.task)?;
        Some((lease.worker.clone(), task.attempt))
    });
    let ended = row.attempt_state.as_deref().and_then(|state| state.parse().ok());
    let (state, attempt, running_on) = match (queued, lease, ended) {
        (Some(attempt), _, _) => (TaskState::Ready, attempt, None),
        (None, Some((worker, attempt)), _) => (TaskState::Running, attempt, Some(worker)),
        (None, None, Some(state)) if row.attempt_final == Some(1) => (state, row.attempt.unwrap_or(1), None),
        (None, None, _) => (TaskState::Running, row.attempt.unwrap_or(0) + 1, None),
    };
    TaskView { index: row.task - run.first_task, state, attempt, running_on, row }
}

/// A page of a run's tasks, in order, of one state if wanted.
///
/// # Errors
/// `permission_denied`, `not_found`, a foreign cursor, or a database failure.
pub async fn list(
    engine: &Engine,
    ctx: &Ctx,
    id: RunId,
    state: Option<TaskState>,
    page: &PageRequest,
) -> Result<Page<TaskView>, Error> {
    ctx.require(RUNS_READ)?;
    let run = runs::find(engine, ctx, id).await?;
    let after = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?;
    let range = (run.first_task + after.map_or(0, |index| index + 1), run.first_task + run.size);
    let (reader, limit) = (engine.database().reader(), i64::from(page.limit) + 1);
    let around = Around::of(engine, &run).await?;
    let rows = match state {
        Some(state) if !state.is_open() => {
            store::tasks::list_ended(reader, state.name(), range, limit).await?
        }
        Some(state) => return open_page(engine, (&run, &around), state, range, page).await,
        None => store::tasks::list(reader, range, limit).await?,
    };
    let views = rows.into_iter().map(|row| view(&run, &around, row)).collect();
    Ok(Page::from_rows(views, page.limit, |view: &TaskView| view.index))
}

/// Open tasks are few beside history: they are looked for in steps until the page is full.
async fn open_page(
    engine: &Engine,
    (run, around): (&RunRow, &Around),
    state: TaskState,
    (mut from, to): (i64, i64),
    page: &PageRequest,
) -> Result<Page<TaskView>, Error> {
    const STEP: i64 = 1_000;
    let mut found = Vec::new();
    while from < to && found.len() <= page.limit as usize {
        let rows = store::tasks::list(engine.database().reader(), (from, to), STEP).await?;
        from = rows.last().map_or(to, |row| row.task + 1);
        found.extend(rows.into_iter().map(|row| view(run, around, row)).filter(|view| view.state == state));
    }
    found.truncate(page.limit as usize + 1);
    Ok(Page::from_rows(found, page.limit, |view: &TaskView| view.index))
}

/// A task with its attempts and, if it succeeded, its result as JSON text.
#[derive(Clone, Debug)]
pub struct TaskDetail {
    /// The task.
    pub task: TaskView,
    /// Its ended attempts, first to last.
    pub attempts: Vec<AttemptRow>,
    /// Its result.
    pub result: Option<String>,
}

/// One task of a run, by its position.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, id: RunId, index: i64) -> Result<TaskDetail, Error> {
    ctx.require(RUNS_READ)?;
    let run = runs::find(engine, ctx, id).await?;
    let task = task_id(&run, index)?;
    let reader = engine.database().reader();
    let row = store::tasks::list(reader, (task, task + 1), 1).await?.pop();
    let row = row.ok_or_else(|| Fault::not_found("task", index))?;
    let around = Around::of(engine, &run).await?;
    let mut result = None;
    if let Some(stored) = store::tasks::results(reader, (task, task + 1)).await?.pop() {
        result = Some(results::load(&engine.tools.blobs, stored).await?);
    }
    let attempts = store::tasks::attempts(reader, (task, task + 1)).await?;
    Ok(TaskDetail { task: view(&run, &around, row), attempts, result })
}

fn task_id(run: &RunRow, index: i64) -> Result<i64, Fault> {
    if index < 0 || index >= run.size {
        return Err(Fault::not_found("task", index));
    }
    Ok(run.first_task + index)
}

/// A page of a run's results, in task order, as JSON texts with their positions.
///
/// # Errors
/// `permission_denied`, `not_found`, a foreign cursor, or a database failure.
pub async fn results(
    engine: &Engine,
    ctx: &Ctx,
    id: RunId,
    page: &PageRequest,
) -> Result<Page<(i64, String)>, Error> {
    ctx.require(RUNS_READ)?;
    let run = runs::find(engine, ctx, id).await?;
    let after = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?;
    let from = run.first_task + after.map_or(0, |index| index + 1);
    let to = (run.first_task + run.size).min(from + i64::from(page.limit));
    let mut items = Vec::new();
    for row in store::tasks::results(engine.database().reader(), (from, to)).await? {
        let index = row.task - run.first_task;
        items.push((index, results::load(&engine.tools.blobs, row).await?));
    }
    let next = (to < run.first_task + run.size).then(|| metier_core::Cursor::of(&(to - run.first_task - 1)));
    Ok(Page { items, next })
}

/// A page of the output of a task's attempt (the latest when not said).
///
/// # Errors
/// `permission_denied`, `not_found`, a foreign cursor, or a database failure.
pub async fn output(
    engine: &Engine,
    ctx: &Ctx,
    (id, index, attempt): (RunId, i64, Option<i64>),
    page: &PageRequest,
) -> Result<Page<Chunk>, Error> {
    let detail = get(engine, ctx, id, index).await?;
    let attempt = attempt.unwrap_or(detail.task.attempt);
    let after = page.after.as_ref().map(metier_core::Cursor::key::<i64>).transpose()?.unwrap_or(-1);
    let limits = (after, i64::from(page.limit) + 1);
    let chunks =
        store::output::list(engine.database().reader(), (detail.task.row.task, attempt), limits).await?;
    Ok(Page::from_rows(chunks, page.limit, |chunk| chunk.position))
}
