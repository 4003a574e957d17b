//! Writing submitted runs: many in one transaction, one statement per table.

use metier_core::{RunId, Timestamp, UserId, WorkspaceId};
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};

use super::{
    bad_items,
    ready::{self, QueuedTask},
    run_book::EndedRun,
    run_counts::count_runs,
    workflows::begin::{self, NewWorkflow},
};
use crate::domain::{
    bad_items::BadItems,
    counts::Counts,
    state::{RunState, TaskState},
};

/// Replays count on from here.
const FIRST_EPOCH: i64 = 1;

/// A run to be written: checked, and its lane known.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id.
    pub id: RunId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub owner: Option<UserId>,
    /// JSON of who submits it.
    pub actor: String,
    /// JSON of the rights its handler gets: the actor's, cut down to the kind's.
    pub grants: String,
    /// What started it.
    pub source: &'static str,
    /// Under which correlation id.
    pub correlation: String,
    /// The job it executes, if any.
    pub job: Option<uuid::Uuid>,
    /// Its lane.
    pub lane: i64,
    /// Its kind's id, to wake workers.
    pub kind: i64,
    /// Higher goes first.
    pub priority: i64,
    /// The place of its tasks in line.
    pub rank: i64,
    /// Attempts per task.
    pub max_attempts: i64,
    /// Longest attempt, milliseconds.
    pub timeout_ms: i64,
    /// Not before this moment.
    pub run_at: Option<Timestamp>,
    /// JSON texts, one per task.
    pub items: Vec<String>,
    /// Items that came with them and were left out.
    pub bad_items: BadItems,
    /// For a run whose tasks are the steps of a workflow: they wait, and no worker claims them.
    pub workflow: Option<NewWorkflow>,
}

#[derive(FromQueryResult)]
struct Sequences {
    run: i64,
    task: i64,
}

/// The runs as they were written.
#[derive(Debug, Default)]
pub struct Written {
    /// Their numbers, in the order of the runs.
    pub numbers: Vec<i64>,
    /// Those without items: they have succeeded at once.
    pub ended: Vec<EndedRun>,
}

/// Writes the runs.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, runs: &[NewRun], now: Timestamp) -> Result<Written, DbErr> {
    if runs.is_empty() {
        return Ok(Written::default());
    }
    let tasks: i64 = runs.iter().map(count).sum();
    let (first_run, first_task) = allocate(tx, runs.len(), tasks).await?;
    let mut next = first_task;
    let placed: Vec<Placed<'_>> = (first_run..)
        .zip(runs)
        .map(|(number, run)| {
            let first_task = next;
            next += count(run);
            Placed { number, first_task, run }
        })
        .collect();
    insert_runs(tx, &placed, now);
    bad_items::insert(tx, placed.iter().map(|placed| (placed.number, &placed.run.bad_items)));
    insert_tasks(tx, &placed);
    queue_tasks(tx, &placed, now);
    for placed in &placed {
        if let Some(workflow) = &placed.run.workflow {
            begin::insert(tx, workflow, (placed.number, placed.first_task), placed.begins(now));
        }
    }
    let counted = placed.iter().map(|placed| ((placed.run.workspace, placed.run.owner, placed.state()), 1));
    count_runs(tx, counted);
    Ok(Written {
        numbers: placed.iter().map(|placed| placed.number).collect(),
        ended: placed.iter().filter(|placed| placed.state().has_ended()).map(Placed::ended).collect(),
    })
}

struct Placed<'a> {
    number: i64,
    first_task: i64,
    run: &'a NewRun,
}

impl Placed<'_> {
    fn counts(&self) -> Counts {
        let first = if self.run.workflow.is_some() { TaskState::Waiting } else { TaskState::Ready };
        Counts::all(first, count(self.run))
    }

    /// When it begins, if that is later.
    fn begins(&self, now: Timestamp) -> Option<Timestamp> {
        self.run.run_at.filter(|at| *at > now)
    }

    fn state(&self) -> RunState {
        self.counts().run_state(RunState::Queued)
    }

    fn ended(&self) -> EndedRun {
        EndedRun {
            id: self.run.id,
            number: self.number,
            workspace: self.run.workspace,
            owner: self.run.owner,
            state: self.state(),
            epoch: FIRST_EPOCH,
            correlation: self.run.correlation.clone(),
            counts: self.counts(),
            reason: None,
        }
    }

    fn queued(&self) -> impl Iterator<Item = QueuedTask> + '_ {
        (self.first_task..self.first_task + count(self.run)).map(|task| QueuedTask {
            task,
            lane: self.run.lane,
            rank: self.run.rank,
            run: self.number,
            attempt: 1,
            attempts_left: self.run.max_attempts,
            limited_by: 0,
        })
    }
}

fn count(run: &NewRun) -> i64 {
    i64::try_from(run.items.len()).unwrap_or(i64::MAX)
}

async fn allocate(tx: &Tx, runs: usize, tasks: i64) -> Result<(i64, i64), DbErr> {
    let runs = i64::try_from(runs).unwrap_or(i64::MAX);
    let statement = "UPDATE sequences SET run = run + $1, task = task + $2 WHERE id = 1 RETURNING run, task";
    let last = sql::find::<Sequences>(tx, statement, vec![runs.into(), tasks.into()]).await?;
    let last = last.ok_or_else(|| DbErr::RecordNotFound("the sequences row".into()))?;
    Ok((last.run - runs + 1, last.task - tasks + 1))
}

fn insert_runs(tx: &Tx, placed: &[Placed<'_>], now: Timestamp) {
    let ints = |value: &dyn Fn(&Placed<'_>) -> i64| Column::Int(placed.iter().map(value).collect());
    let texts = |value: &dyn Fn(&Placed<'_>) -> String| Column::Text(placed.iter().map(value).collect());
    let ended = |placed: &Placed<'_>| placed.state().has_ended().then_some(now.micros());
    let rows = Rows::new()
        .with("n", ints(&|placed| placed.number))
        .with("i", Column::Uuid(placed.iter().map(|placed| placed.run.id.uuid()).collect()))
        .with("w", Column::Uuid(placed.iter().map(|placed| placed.run.workspace.uuid()).collect()))
        .with(
            "o",
            Column::OptionalUuid(placed.iter().map(|placed| placed.run.owner.map(UserId::uuid)).collect()),
        )
        .with("a", texts(&|placed| placed.run.actor.clone()))
        .with("g", texts(&|placed| placed.run.grants.clone()))
        .with("src", texts(&|placed| placed.run.source.to_owned()))
        .with("c", texts(&|placed| placed.run.correlation.clone()))
        .with("j", Column::OptionalUuid(placed.iter().map(|placed| placed.run.job).collect()))
        .with("l", ints(&|placed| placed.run.lane))
        .with("p", ints(&|placed| placed.run.priority))
        .with("st", texts(&|placed| placed.state().name().to_owned()))
        .with("f", ints(&|placed| placed.first_task))
        .with("sz", ints(&|placed| count(placed.run)))
        .with("wt", ints(&|placed| placed.counts().of(TaskState::Waiting)))
        .with("rd", ints(&|placed| placed.counts().of(TaskState::Ready)))
        .with("bi", ints(&|placed| placed.run.bad_items.count()))
        .with("ma", ints(&|placed| placed.run.max_attempts))
        .with("tm", ints(&|placed| placed.run.timeout_ms))
        .with(
            "ra",
            Column::OptionalInt(
                placed.iter().map(|placed| placed.run.run_at.map(Timestamp::micros)).collect(),
            ),
        )
        .with("ea", Column::OptionalInt(placed.iter().map(ended).collect()));
    let (source, mut values) = rows.source(tx.backend(), 1);
    values.push(now.micros().into());
    let created = values.len();
    let statement = format!(
        "INSERT INTO runs (number, id, workspace, owner, actor, grants, source, correlation, job, lane, priority, state, \
         epoch, first_task, size, waiting, ready, running, succeeded, failed, timed_out, cancelled, skipped, bad_items, \
         max_attempts, timeout_ms, run_at, created_at, started_at, ended_at) \
         SELECT n, i, w, o, a, g, src, c, j, l, p, st, {FIRST_EPOCH}, f, sz, wt, rd, 0, 0, 0, 0, 0, 0, bi, ma, tm, ra, ${created}, ea, ea \
         FROM {source}"
    );
    tx.append("runs", statement, values);
}

fn insert_tasks(tx: &Tx, placed: &[Placed<'_>]) {
    let ids: Vec<i64> =
        placed.iter().flat_map(|placed| placed.first_task..placed.first_task + count(placed.run)).collect();
    if ids.is_empty() {
        return;
    }
    let items = placed.iter().flat_map(|placed| placed.run.items.iter().cloned()).collect();
    let rows = Rows::new().with("i", Column::Int(ids)).with("p", Column::Text(items));
    let (source, values) = rows.source(tx.backend(), 1);
    tx.append("tasks", format!("INSERT INTO tasks (id, parameters) SELECT i, p FROM {source}"), values);
}

fn queue_tasks(tx: &Tx, placed: &[Placed<'_>], now: Timestamp) {
    let placed = placed.iter().filter(|placed| placed.run.workflow.is_none());
    let (delayed, ready): (Vec<&Placed<'_>>, Vec<&Placed<'_>>) =
        placed.partition(|placed| placed.begins(now).is_some());
    let due: Vec<QueuedTask> = ready.iter().flat_map(|placed| placed.queued()).collect();
    let mut kinds: Vec<i64> = ready.iter().map(|placed| placed.run.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    ready::insert(tx, &due, &kinds);
    let delayed: Vec<_> = delayed
        .iter()
        .flat_map(|placed| placed.queued().map(|task| (task, placed.run.run_at.unwrap_or(now))))
        .collect();
    ready::insert_delayed(tx, &delayed);
}
