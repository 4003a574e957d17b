//! The runs a transaction touches: read once, in the order of their numbers, and written back once.
//!
//! Every batch applies the fenced changes it really made to the counts of its runs here, in the same
//! transaction. The change that brings a run's open tasks to zero ends the run.

use std::{collections::BTreeMap, time::Duration};

use metier_core::{CorrelationId, RunId, Timestamp, UserId, WorkspaceId};
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};
use serde::Serialize;
use uuid::Uuid;

use super::{for_update, run_counts::count_runs, workflows};
use crate::domain::{
    counts::Counts,
    explain,
    state::{RunState, TaskState},
};

/// A run as the engine works on it.
#[derive(Clone, Debug)]
pub struct OpenRun {
    /// Its number.
    pub number: i64,
    /// Its id.
    pub id: RunId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub owner: Option<UserId>,
    /// JSON of who submitted it.
    pub actor: String,
    /// JSON of the rights its handler gets.
    pub grants: String,
    /// Under which correlation id.
    pub correlation: String,
    /// Its lane.
    pub lane: i64,
    /// Its priority.
    pub priority: i64,
    /// Counts replays.
    pub epoch: i64,
    /// Its first task's id.
    pub first_task: i64,
    /// Attempts per task.
    pub max_attempts: i64,
    /// Longest attempt, milliseconds.
    pub timeout_ms: i64,
    /// Where it is.
    pub state: RunState,
    /// Its tasks by state.
    pub counts: Counts,
    /// Why it is as it is.
    pub reason: Option<String>,
    /// When its first task was claimed.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// First error met in this transaction.
    pub first_error: Option<String>,
    /// The workflow's run that started it.
    pub parent: Option<i64>,
    /// How it ends instead of partially: a workflow succeeds as a whole or not.
    pub instead_of_partial: Option<RunState>,
    before: RunState,
}

/// A run that ended in this transaction, as its event tells it.
#[derive(Clone, Debug, Serialize)]
pub struct EndedRun {
    /// Its id.
    pub id: RunId,
    /// Its number.
    pub number: i64,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub owner: Option<UserId>,
    /// How it ended.
    pub state: RunState,
    /// Which epoch ended.
    pub epoch: i64,
    /// Under which correlation id.
    pub correlation: String,
    /// Its tasks by state; states that no task is in are left out.
    pub counts: Counts,
    /// Why, when not all went well.
    pub reason: Option<String>,
}

/// A run whose first task was claimed in this transaction, as its event tells it.
#[derive(Clone, Debug, Serialize)]
pub struct StartedRun {
    /// Its id.
    pub id: RunId,
    /// Its number.
    pub number: i64,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub owner: Option<UserId>,
    /// Which epoch.
    pub epoch: i64,
    /// Under which correlation id.
    pub correlation: String,
    /// How many tasks it has.
    pub size: i64,
}

/// What became of the runs of one transaction, as far as it is told.
#[derive(Debug, Default)]
pub struct Moved {
    /// Those that began.
    pub started: Vec<StartedRun>,
    /// Those that ended.
    pub ended: Vec<EndedRun>,
}

#[derive(FromQueryResult)]
struct Row {
    number: i64,
    id: Uuid,
    workspace: Uuid,
    owner: Option<Uuid>,
    actor: String,
    grants: String,
    correlation: String,
    lane: i64,
    priority: i64,
    epoch: i64,
    first_task: i64,
    max_attempts: i64,
    timeout_ms: i64,
    state: String,
    reason: Option<String>,
    started_at: Option<i64>,
    ended_at: Option<i64>,
    parent: Option<i64>,
    waiting: i64,
    ready: i64,
    running: i64,
    succeeded: i64,
    failed: i64,
    timed_out: i64,
    cancelled: i64,
    skipped: i64,
}

impl TryFrom<Row> for OpenRun {
    type Error = DbErr;
    fn try_from(row: Row) -> Result<Self, DbErr> {
        let state: RunState = row.state.parse().map_err(|error| DbErr::Type(format!("{error}")))?;
        let columns = [
            row.waiting,
            row.ready,
            row.running,
            row.succeeded,
            row.failed,
            row.timed_out,
            row.cancelled,
            row.skipped,
        ];
        Ok(Self {
            number: row.number,
            id: RunId::from_uuid(row.id),
            workspace: WorkspaceId::from_uuid(row.workspace),
            owner: row.owner.map(UserId::from_uuid),
            actor: row.actor,
            grants: row.grants,
            correlation: row.correlation,
            lane: row.lane,
            priority: row.priority,
            epoch: row.epoch,
            first_task: row.first_task,
            max_attempts: row.max_attempts,
            timeout_ms: row.timeout_ms,
            state,
            counts: Counts::from_columns(columns),
            reason: row.reason,
            started_at: row.started_at,
            ended_at: row.ended_at,
            first_error: None,
            parent: row.parent,
            instead_of_partial: None,
            before: state,
        })
    }
}

impl OpenRun {
    /// Moves one task; a move the counts do not allow is a broken invariant and gives the transaction up.
    ///
    /// # Errors
    /// When no task is in `from`.
    pub fn shift(&mut self, from: TaskState, to: TaskState) -> Result<(), DbErr> {
        let illegal = |error| DbErr::Custom(format!("run {}: {error}", self.number));
        self.counts.shift(from, to).map_err(illegal)
    }

    /// How long an attempt may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.timeout_ms).unwrap_or(0))
    }

    /// Whether it is being cancelled.
    pub fn is_cancelling(&self) -> bool {
        self.state == RunState::Cancelling
    }

    fn settle(&mut self, now: Timestamp) {
        self.state = match (self.counts.run_state(self.state), self.instead_of_partial) {
            (RunState::Partial, Some(state)) => state,
            (state, _) => state,
        };
        if self.started_at.is_none() && self.state != RunState::Queued {
            self.started_at = Some(now.micros());
        }
        if self.state.has_ended() && !self.before.has_ended() {
            self.ended_at = Some(now.micros());
        }
        let first_error = self.first_error.take().or_else(|| self.reason.take());
        self.reason = match self.state.has_ended() {
            true => explain::ending(self.state, &self.counts, first_error.as_deref()),
            false => first_error,
        };
    }

    fn has_just_ended(&self) -> bool {
        self.state.has_ended() && !self.before.has_ended()
    }

    fn started(&self) -> Option<StartedRun> {
        (self.before == RunState::Queued && self.state == RunState::Running).then(|| StartedRun {
            id: self.id,
            number: self.number,
            workspace: self.workspace,
            owner: self.owner,
            epoch: self.epoch,
            correlation: self.correlation.clone(),
            size: self.counts.size(),
        })
    }

    fn ended(&self) -> Option<EndedRun> {
        self.has_just_ended().then(|| EndedRun {
            id: self.id,
            number: self.number,
            workspace: self.workspace,
            owner: self.owner,
            state: self.state,
            epoch: self.epoch,
            correlation: self.correlation.clone(),
            counts: self.counts,
            reason: self.reason.clone(),
        })
    }

    /// The correlation id, typed.
    pub fn correlation(&self) -> Option<CorrelationId> {
        self.correlation.parse().ok()
    }
}

/// The runs of one transaction.
#[derive(Default)]
pub struct RunBook(BTreeMap<i64, OpenRun>);

const COLUMNS: &str = "number, id, workspace, owner, actor, grants, correlation, lane, priority, epoch, first_task, max_attempts, \
    timeout_ms, state, reason, started_at, ended_at, parent, waiting, ready, running, succeeded, failed, timed_out, cancelled, skipped";

impl RunBook {
    /// Reads and holds the runs of these numbers. Runs that are gone are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(tx: &Tx, numbers: impl IntoIterator<Item = i64>) -> Result<Self, DbErr> {
        let mut numbers: Vec<i64> = numbers.into_iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            return Ok(Self::default());
        }
        let (source, values) = Rows::new().with("n", Column::Int(numbers)).source(tx.backend(), 1);
        let query = format!(
            "SELECT {COLUMNS} FROM runs WHERE number IN (SELECT n FROM {source}) ORDER BY number {}",
            for_update(tx)
        );
        let rows = sql::list::<Row>(tx, &query, values).await?;
        rows.into_iter().map(|row| Ok((row.number, row.try_into()?))).collect::<Result<_, DbErr>>().map(Self)
    }

    /// A run of this transaction.
    pub fn get_mut(&mut self, number: i64) -> Option<&mut OpenRun> {
        self.0.get_mut(&number)
    }

    /// A run of this transaction.
    pub fn get(&self, number: i64) -> Option<&OpenRun> {
        self.0.get(&number)
    }

    /// Writes every run back, keeps the counts of runs by state in step, and answers those that began or ended. The
    /// counts are CHECKed by the database again.
    pub fn close(mut self, tx: &Tx, now: Timestamp) -> Moved {
        if self.0.is_empty() {
            return Moved::default();
        }
        self.0.values_mut().for_each(|run| run.settle(now));
        let runs: Vec<OpenRun> = self.0.into_values().collect();
        write_back(tx, &runs);
        let moved = runs.iter().filter(|run| run.before != run.state);
        let deltas = moved.flat_map(|run| {
            let key = |state| (run.workspace, run.owner, state);
            [(key(run.before), -1), (key(run.state), 1)]
        });
        count_runs(tx, deltas);
        let parents = runs.iter().filter(|run| run.has_just_ended()).filter_map(|run| run.parent);
        workflows::wake(tx, parents);
        let started = runs.iter().filter_map(OpenRun::started).collect();
        Moved { started, ended: runs.iter().filter_map(OpenRun::ended).collect() }
    }
}

fn write_back(tx: &Tx, runs: &[OpenRun]) {
    let ints = |value: fn(&OpenRun) -> i64| Column::Int(runs.iter().map(value).collect());
    let mut rows = Rows::new()
        .with("n", ints(|run| run.number))
        .with("new_state", Column::Text(runs.iter().map(|run| run.state.name().to_owned()).collect()))
        .with("new_epoch", ints(|run| run.epoch))
        .with("new_reason", Column::OptionalText(runs.iter().map(|run| run.reason.clone()).collect()))
        .with("new_started", Column::OptionalInt(runs.iter().map(|run| run.started_at).collect()))
        .with("new_ended", Column::OptionalInt(runs.iter().map(|run| run.ended_at).collect()));
    let names = ["n_wait", "n_ready", "n_run", "n_succ", "n_fail", "n_time", "n_canc", "n_skip"];
    for (name, state) in names.into_iter().zip(TaskState::ALL) {
        rows = rows.with(name, Column::Int(runs.iter().map(|run| run.counts.of(state)).collect()));
    }
    let (source, values) = rows.source(tx.backend(), 1);
    let statement = format!(
        "UPDATE runs SET state = new_state, epoch = new_epoch, reason = new_reason, started_at = new_started, \
         ended_at = new_ended, waiting = n_wait, ready = n_ready, running = n_run, succeeded = n_succ, \
         failed = n_fail, timed_out = n_time, cancelled = n_canc, skipped = n_skip \
         FROM {source} WHERE number = n"
    );
    tx.defer("runs", statement, values);
}
