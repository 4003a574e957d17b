//! Doing what was decided of a run: everything in one transaction, and only if nothing changed meanwhile.

use std::collections::BTreeSet;

use metier_core::Timestamp;
use metier_db::{DbError, Tx};
use sea_orm::DbErr;

use super::{
    load::{self, Loaded},
    plan::{self, Plan},
};
use crate::{
    domain::{
        state::{RunState, TaskState},
        workflow::{advance::Doing, standing::ending},
    },
    error::Error,
    ops::{
        engine::{Engine, Tools},
        submissions,
        work::is_transient,
    },
    store::{
        self, RUNS_CHANGED,
        enqueue::{self, NewRun},
        history::{self, EndedAttempt},
        run_book::{OpenRun, RunBook},
        workflows::{
            self,
            decide::{self, Changed, Started},
        },
    },
};

/// How often a run is read again because something changed meanwhile.
const TRIES: usize = 20;

/// What became of a plan.
enum Applied {
    /// It was done; these runs are to be stopped now.
    Done(Vec<i64>),
    /// Something changed since it was made.
    Stale,
}

/// Decides what comes next in a run, and does it.
///
/// # Errors
/// A database or blob store failure.
pub async fn decide(engine: &Engine, number: i64) -> Result<(), Error> {
    for _ in 0..TRIES {
        let Some(mut loaded) = load::load(engine, number).await? else { return forget(engine, number).await };
        loaded.read_referred(engine).await?;
        let plan = plan::plan(engine, &mut loaded).await?;
        match commit(engine, loaded, plan).await {
            Ok(Applied::Stale) => {}
            Err(Error::Database(error)) if is_transient(&error) => {
                tracing::warn!(%error, number, "the database asked to decide upon a workflow again");
            }
            Err(error) => return Err(error),
            Ok(Applied::Done(to_stop)) => {
                for child in to_stop {
                    stop(engine, child).await?;
                }
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The run is gone: what happened to it does not matter any more.
async fn forget(engine: &Engine, number: i64) -> Result<(), Error> {
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            let happened = workflows::read::happened(tx, number).await?;
            Ok::<_, DbError>(decide::settle(tx, number, &happened, Timestamp::EPOCH).await?)
        })
    });
    Ok(write.await?)
}

async fn commit(engine: &Engine, loaded: Loaded, plan: Plan) -> Result<Applied, Error> {
    let tools = engine.tools.clone();
    let write = engine
        .database()
        .write(move |tx| Box::pin(async move { Ok::<_, DbError>(apply(tx, &tools, loaded, plan).await?) }));
    Ok(write.await?)
}

async fn apply(tx: &Tx, tools: &Tools, loaded: Loaded, plan: Plan) -> Result<Applied, DbErr> {
    let (number, now) = (loaded.run.number, loaded.facts.now);
    let mut book = RunBook::open(tx, [number]).await?;
    let Some(run) = book.get_mut(number).filter(|run| !run.state.has_ended()) else {
        decide::settle(tx, number, &loaded.happened, now).await?;
        return Ok(Applied::Done(Vec::new()));
    };
    if !workflows::revise(tx, number, loaded.run.revision).await? {
        return Ok(Applied::Stale);
    }
    let Ledger { changed, attempts, to_stop } = Ledger::of(run, &loaded, &plan)?;
    decide::write(tx, &changed).await?;
    history::append(tx, &attempts, now);
    start(tx, tools, &loaded, plan).await?;
    decide::settle(tx, number, &loaded.happened, now).await?;
    if !to_stop.is_empty() {
        // Should we be killed before they are stopped, they are then.
        workflows::wake(tx, [number]);
    }
    let moved = book.close(tx, now);
    tools.announce_started(tx, &moved.started).await?;
    tools.announce_ended(tx, &moved.ended).await?;
    if !changed.is_empty() {
        tx.signal(RUNS_CHANGED);
    }
    Ok(Applied::Done(to_stop))
}

/// What a plan changes.
#[derive(Default)]
struct Ledger {
    changed: Vec<Changed>,
    attempts: Vec<EndedAttempt>,
    to_stop: Vec<i64>,
}

impl Ledger {
    fn of(run: &mut OpenRun, loaded: &Loaded, plan: &Plan) -> Result<Self, DbErr> {
        let mut ledger = Self::default();
        let mut states: Vec<TaskState> = loaded.facts.steps.iter().map(|standing| standing.state).collect();
        let mut begun: Vec<_> =
            loaded.facts.steps.iter().map(|standing| (standing.begun_at, standing.due_at)).collect();
        for one in &plan.moves {
            let (Some(state), Some(moments)) = (states.get_mut(one.step), begun.get_mut(one.step)) else {
                continue;
            };
            match &one.what {
                Doing::Start(_) if *state == TaskState::Waiting => {
                    run.shift(*state, TaskState::Running)?;
                    *state = TaskState::Running;
                    *moments = (Some(loaded.facts.now), None);
                }
                Doing::Wait(due) => *moments = (Some(loaded.facts.now), *due),
                Doing::End(end, outcome) => {
                    run.shift(*state, *end)?;
                    (*state, moments.1) = (*end, None);
                    ledger.end(run, (loaded, plan), (one.step, *end, moments.0), outcome.as_ref().err());
                }
                Doing::Stop => ledger.stop(loaded, one.step),
                Doing::Start(_) | Doing::Collect => {}
            }
        }
        let moved: BTreeSet<usize> = plan.moves.iter().map(|one| one.step).collect();
        for position in moved {
            let (Some(row), Some(state), Some((begun_at, due_at))) =
                (loaded.rows.get(position), states.get(position), begun.get(position))
            else {
                continue;
            };
            let (task, attempt) = (row.task, row.attempt);
            ledger.changed.push(Changed {
                task,
                state: *state,
                attempt,
                begun_at: *begun_at,
                due_at: *due_at,
            });
        }
        run.instead_of_partial = Some(ending(states));
        Ok(ledger)
    }

    fn end(
        &mut self,
        run: &mut OpenRun,
        (loaded, plan): (&Loaded, &Plan),
        (position, end, begun_at): (usize, TaskState, Option<Timestamp>),
        failure: Option<&crate::domain::outcome::Failure>,
    ) {
        let Some(row) = loaded.rows.get(position) else { return };
        let is_bad = !matches!(end, TaskState::Succeeded | TaskState::Skipped | TaskState::Cancelled);
        if let (true, Some(failure), None, None) = (is_bad, failure, &run.first_error, &run.reason) {
            run.first_error = Some(format!("step {}: {}", row.name, failure.message));
        }
        self.attempts.push(EndedAttempt {
            task: row.task,
            attempt: row.attempt,
            epoch: run.epoch,
            state: end.name(),
            is_final: true,
            claim: begun_at.map(|at| ("workflow".to_owned(), at)),
            failure: failure.cloned(),
            result: plan.outputs.get(&position).cloned(),
        });
    }

    fn stop(&mut self, loaded: &Loaded, position: usize) {
        let Some(standing) = loaded.facts.steps.get(position) else { return };
        let is_open = |state: RunState| !state.has_ended() && state != RunState::Cancelling;
        let open = standing.children.iter().filter(|child| is_open(child.state));
        self.to_stop.extend(open.map(|child| child.number));
    }
}

/// Starts the runs of steps, as one submission.
async fn start(tx: &Tx, tools: &Tools, loaded: &Loaded, plan: Plan) -> Result<(), DbErr> {
    let starting: BTreeSet<usize> =
        plan.moves.iter().filter(|one| matches!(one.what, Doing::Start(_))).map(|one| one.step).collect();
    let mut tied: Vec<(i64, i64)> = Vec::new();
    let mut runs: Vec<NewRun> = Vec::new();
    for (position, prepared) in plan.runs.into_iter().filter(|(position, _)| starting.contains(position)) {
        let Some(row) = loaded.rows.get(position) else { continue };
        for (element, run) in prepared {
            tied.push((row.task, i64::try_from(element).unwrap_or(i64::MAX)));
            runs.push(run);
        }
    }
    if runs.is_empty() {
        return Ok(());
    }
    workflows::hold_counts(tx, loaded.run.workspace, loaded.run.owner).await?;
    let written = enqueue::insert(tx, &runs, loaded.facts.now).await?;
    let started: Vec<Started> = written
        .numbers
        .iter()
        .zip(tied)
        .map(|(child, (task, position))| Started { child: *child, task, position })
        .collect();
    decide::adopt(tx, loaded.run.number, &started).await?;
    submissions::announce(tx, tools, &runs, &written.numbers).await?;
    if !written.ended.is_empty() {
        tools.announce_ended(tx, &written.ended).await?;
        workflows::wake(tx, [loaded.run.number]);
    }
    Ok(())
}

/// Stops a run that a step started, as a cancellation would; one of a workflow cleans up after itself.
///
/// # Errors
/// A database failure.
pub async fn stop(engine: &Engine, number: i64) -> Result<(), Error> {
    loop {
        let tools = engine.tools.clone();
        let write = engine.database().write(move |tx| {
            Box::pin(async move {
                let step = store::cancel::step(tx, number, tools.clock.now()).await?;
                workflows::stop(tx, number).await?;
                tools.announce_ended(tx, &step.ended).await?;
                tx.signal(RUNS_CHANGED);
                Ok::<_, DbError>(step.more)
            })
        });
        if !write.await? {
            return Ok(());
        }
    }
}

/// Stops at once what the workflows within a run still do to clean up.
///
/// # Errors
/// A database failure.
pub async fn stop_within(engine: &Engine, number: i64) -> Result<(), Error> {
    let mut open = vec![number];
    while let Some(run) = open.pop() {
        for child in workflows::read::open_workflows(engine.database().reader(), run).await? {
            stop(engine, child).await?;
            open.push(child);
        }
    }
    Ok(())
}
