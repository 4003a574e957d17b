//! The heart: completions and a claim in one transaction.
//!
//! A busy worker reports batch N and claims batch N+1 at once. The order is that of the locks: the leases of
//! the completions, then ready tasks, then every touched run in the order of numbers.

use std::{collections::HashMap, time::Duration};

use metier_core::{Random, Timestamp};
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{DbErr, FromQueryResult};
use uuid::Uuid;

use super::{
    history::{self, EndedAttempt, ResultValue},
    kinds::{self, LaneFacts},
    lanes::{self, Scope},
    leases::{self, Lease},
    limit_book::LimitBook,
    ready::{self, QueuedTask},
    run_book::{EndedRun, Moved, OpenRun, RunBook},
    take::{self, Wish},
};
use crate::domain::{
    outcome::{Next, Outcome},
    state::TaskState,
};

/// One task's outcome, reported under a lease.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The fence.
    pub token: Uuid,
    /// Which task.
    pub task: i64,
    /// What happened.
    pub outcome: Outcome,
    /// Where the result lies, for success.
    pub result: Option<ResultValue>,
}

impl Completion {
    /// Where its result lies, if that is the blob store.
    pub fn blob(&self) -> Option<String> {
        match &self.result {
            Some(ResultValue::Blob(key)) => Some(key.clone()),
            _ => None,
        }
    }
}

/// A worker's wish for tasks.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who claims.
    pub worker: String,
    /// What for.
    pub scope: Scope,
    /// How much.
    pub wish: Wish,
    /// The new lease's token.
    pub token: Uuid,
    /// How long the lease lasts without a heartbeat.
    pub lease: Duration,
    /// How much longer than its run allows an attempt may take before the engine ends it.
    pub grace: Duration,
}

/// A task handed to a worker.
#[derive(Clone, Debug)]
pub struct ClaimedTask {
    /// The token that fences it.
    pub lease: Uuid,
    /// The task.
    pub task: QueuedTask,
    /// JSON text of its item.
    pub parameters: String,
    /// Its position in its run.
    pub index: i64,
    /// Its run.
    pub run: OpenRun,
    /// Its kind.
    pub kind: LaneFacts,
}

/// What a worker reports and wishes for, together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Who says so: only leases of the same holder count.
    pub holder: String,
    /// Outcomes.
    pub completions: Vec<Completion>,
    /// The wish, if there is one.
    pub claim: Option<Claim>,
}

/// What a batch did.
#[derive(Debug, Default)]
pub struct BatchDone {
    /// Per completion, in order: whether it was accepted.
    pub accepted: Vec<bool>,
    /// What was claimed.
    pub claimed: Vec<ClaimedTask>,
    /// Runs that began or ended.
    pub moved: Moved,
}

/// What a look at the leases that were due did.
#[derive(Debug, Default)]
pub struct Rescued {
    /// How many leases were looked at.
    pub leases: usize,
    /// Attempts whose lease had run out.
    pub lost: usize,
    /// Attempts that took too long.
    pub overdue: usize,
    /// Runs that ended.
    pub ended: Vec<EndedRun>,
}

/// Everything one transaction decides, written at its end.
struct Ledger<'a> {
    now: Timestamp,
    random: &'a Random,
    lanes: HashMap<i64, LaneFacts>,
    book: RunBook,
    attempts: Vec<EndedAttempt>,
    ready: Vec<QueuedTask>,
    delayed: Vec<(QueuedTask, Timestamp)>,
}

/// Applies completions, then claims.
///
/// # Errors
/// When the database fails; nothing is kept then.
pub async fn run(
    tx: &Tx,
    Batch { holder, completions, claim }: Batch,
    (now, random): (Timestamp, &Random),
) -> Result<BatchDone, DbErr> {
    let mut held = hold_leases(tx, &holder, &completions, now).await?;
    let (accepted, reports) = match_reports(&mut held, completions, now);
    held.retain(|lease| reports.iter().any(|report| report.lease.token == lease.token));
    let (mut limits, taken) = take_within_limits(tx, claim.as_ref(), &reports, now).await?;
    let touched: Vec<QueuedTask> =
        reports.iter().map(|report| report.task).chain(taken.iter().copied()).collect();
    let mut ledger = Ledger::open(tx, &touched, now, random).await?;
    for report in reports {
        ledger.apply(report)?;
    }
    let running = ledger.start(taken)?;
    let claimed = match claim {
        Some(claim) if !running.is_empty() => lease_out(tx, (claim, holder), &running, &ledger).await?,
        _ => Vec::new(),
    };
    leases::shrink(tx, &held)?;
    limits.take(&running, now);
    limits.close(tx).await?;
    history::tally(tx, "late_completions", accepted.iter().filter(|accepted| !**accepted).count());
    Ok(BatchDone { moved: ledger.close(tx), accepted, claimed })
}

/// Takes back the tasks of leases that ran out, and ends attempts that took too long: a worker that goes on sending
/// heartbeats cannot keep a task for ever.
///
/// # Errors
/// When the database fails.
pub async fn rescue(
    tx: &Tx,
    (now, random): (Timestamp, &Random),
    (limit, grace): (i64, Duration),
) -> Result<Rescued, DbErr> {
    let mut due = leases::hold_due(tx, now, limit).await?;
    let touched: Vec<QueuedTask> = due.iter().flat_map(|lease| &lease.tasks).copied().collect();
    let mut limits = LimitBook::open(tx, touched.iter().map(|task| task.limited_by)).await?;
    let mut ledger = Ledger::open(tx, &touched, now, random).await?;
    let reports: Vec<Report> = due.iter_mut().flat_map(|lease| ledger.take_ended(lease, grace)).collect();
    leases::shrink(tx, &due)?;
    let lost = reports.iter().filter(|report| report.outcome == Outcome::Lost).count();
    let overdue = reports.len() - lost;
    for report in reports {
        limits.release(&report.task)?;
        ledger.apply(report)?;
    }
    limits.close(tx).await?;
    history::tally(tx, "lost_attempts", lost);
    history::tally(tx, "overdue_attempts", overdue);
    Ok(Rescued { leases: due.len(), lost, overdue, ended: ledger.close(tx).ended })
}

/// An outcome with the lease that covers it.
struct Report {
    task: QueuedTask,
    lease: Lease,
    outcome: Outcome,
    result: Option<ResultValue>,
}

async fn hold_leases(
    tx: &Tx,
    holder: &str,
    completions: &[Completion],
    now: Timestamp,
) -> Result<Vec<Lease>, DbErr> {
    let mut tokens: Vec<Uuid> = completions.iter().map(|completion| completion.token).collect();
    tokens.sort_unstable();
    tokens.dedup();
    if tokens.is_empty() { Ok(Vec::new()) } else { leases::hold(tx, tokens, holder, now).await }
}

/// The fence: a completion counts only while its task is open under its lease, and closes it there.
fn match_reports(
    held: &mut [Lease],
    completions: Vec<Completion>,
    now: Timestamp,
) -> (Vec<bool>, Vec<Report>) {
    let mut reports = Vec::with_capacity(completions.len());
    let accepted = completions.into_iter().map(|completion| {
        let lease = held.iter_mut().find(|lease| lease.token == completion.token);
        let found = lease.and_then(|lease| {
            let position = lease.tasks.iter().position(|task| task.task == completion.task)?;
            let header = lease.header();
            lease.reported(now);
            Some((lease.tasks.swap_remove(position), header))
        });
        let accepted = found.is_some();
        reports.extend(found.map(|(task, lease)| Report {
            task,
            lease,
            outcome: completion.outcome,
            result: completion.result,
        }));
        accepted
    });
    (accepted.collect(), reports)
}

/// Gives back the slots of what is reported, and takes what the claim gets; the limits of both are held together.
async fn take_within_limits(
    tx: &Tx,
    claim: Option<&Claim>,
    reports: &[Report],
    now: Timestamp,
) -> Result<(LimitBook, Vec<QueuedTask>), DbErr> {
    let released: Vec<i64> =
        reports.iter().map(|report| report.task.limited_by).filter(|limit| *limit != 0).collect();
    let heads = match claim {
        Some(claim) => {
            take::open_now(lanes::heads(tx, &claim.scope, (&released, now)).await?, claim.wish.turn)
        }
        None => Vec::new(),
    };
    let limited = heads.iter().map(|head| head.limited_by).chain(released.iter().copied());
    let mut limits = LimitBook::open(tx, limited).await?;
    reports.iter().try_for_each(|report| limits.release(&report.task))?;
    let taken = match claim {
        Some(claim) => take::take(tx, heads, (claim.wish, now), &limits).await?,
        None => Vec::new(),
    };
    Ok((limits, taken))
}

impl<'a> Ledger<'a> {
    async fn open(
        tx: &Tx,
        touched: &[QueuedTask],
        now: Timestamp,
        random: &'a Random,
    ) -> Result<Self, DbErr> {
        let lanes = kinds::lane_facts(tx, touched.iter().map(|task| task.lane)).await?;
        let book = RunBook::open(tx, touched.iter().map(|task| task.run)).await?;
        Ok(Self { now, random, lanes, book, attempts: Vec::new(), ready: Vec::new(), delayed: Vec::new() })
    }

    /// Takes out of a lease what has ended without a report: everything when the lease ran out, else what took too
    /// long.
    fn take_ended(&self, lease: &mut Lease, grace: Duration) -> Vec<Report> {
        let (outcome, since) = match lease.expires_at <= self.now {
            true => (Outcome::Lost, None),
            false => (Outcome::TimedOut, Some(lease.reported_at.plus(grace))),
        };
        let ends = |task: &QueuedTask| since.map_or(self.now, |since| since.plus(self.timeout(task)));
        let header = lease.header();
        let (ended, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut lease.tasks).into_iter().partition(|task| ends(task) <= self.now);
        lease.overdue_at = open.iter().map(ends).min().unwrap_or(lease.overdue_at);
        lease.tasks = open;
        let report = |task| Report { task, lease: header.clone(), outcome: outcome.clone(), result: None };
        ended.into_iter().map(report).collect()
    }

    /// How long an attempt may take; no time at all when its run is gone.
    fn timeout(&self, task: &QueuedTask) -> Duration {
        self.book.get(task.run).map_or(Duration::ZERO, OpenRun::timeout)
    }

    fn apply(&mut self, report: Report) -> Result<(), DbErr> {
        let Some(run) = self.book.get_mut(report.task.run) else { return Ok(()) };
        let next = report.outcome.next(report.task.attempts_left, run.is_cancelling());
        let end = match next {
            Next::End(state) => Some(state),
            _ => None,
        };
        let ended = EndedAttempt::of(&report.task, &report.lease, run.epoch, &report.outcome, end);
        if let (Some(_), Some(failure), None) = (end, report.outcome.failure(), &run.first_error) {
            run.first_error = Some(failure.message);
        }
        run.shift(TaskState::Running, end.unwrap_or(TaskState::Ready))?;
        self.attempts.extend(ended.map(|ended| EndedAttempt { result: report.result, ..ended }));
        self.requeue(report.task, next);
        Ok(())
    }

    fn requeue(&mut self, task: QueuedTask, next: Next) {
        let delay = match next {
            Next::End(_) => return,
            Next::GiveBack => return self.ready.push(task),
            Next::RetryAfter(delay) => delay,
            Next::RetryAfterBackoff => self.backoff(&task),
        };
        let again = task.next_attempt();
        if delay.is_zero() {
            self.ready.push(again)
        } else {
            self.delayed.push((again, self.now.plus(delay)))
        }
    }

    fn backoff(&self, task: &QueuedTask) -> Duration {
        let attempt = u32::try_from(task.attempt).unwrap_or(u32::MAX);
        self.lanes
            .get(&task.lane)
            .map_or(Duration::from_secs(1), |lane| lane.backoff.delay(attempt, self.random.fraction()))
    }

    /// Starts taken tasks; those of a run that is being cancelled end instead, those of a vanished run are dropped.
    fn start(&mut self, taken: Vec<QueuedTask>) -> Result<Vec<QueuedTask>, DbErr> {
        let mut running = Vec::with_capacity(taken.len());
        for task in taken {
            let Some(run) = self.book.get_mut(task.run) else { continue };
            if run.is_cancelling() {
                run.shift(TaskState::Ready, TaskState::Cancelled)?;
                self.attempts.push(EndedAttempt::cancelled(&task, run.epoch));
            } else {
                run.shift(TaskState::Ready, TaskState::Running)?;
                running.push(task);
            }
        }
        Ok(running)
    }

    fn close(self, tx: &Tx) -> Moved {
        history::append(tx, &self.attempts, self.now);
        let mut kinds: Vec<i64> =
            self.ready.iter().filter_map(|task| self.lanes.get(&task.lane)).map(|lane| lane.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        ready::insert(tx, &self.ready, &kinds);
        ready::insert_delayed(tx, &self.delayed);
        self.book.close(tx, self.now)
    }
}

#[derive(FromQueryResult)]
struct Parameters {
    id: i64,
    parameters: String,
}

async fn lease_out(
    tx: &Tx,
    (claim, holder): (Claim, String),
    running: &[QueuedTask],
    ledger: &Ledger<'_>,
) -> Result<Vec<ClaimedTask>, DbErr> {
    let shortest = running.iter().map(|task| ledger.timeout(task)).min().unwrap_or_default();
    let lease = Lease {
        token: claim.token,
        holder,
        worker: claim.worker,
        claimed_at: ledger.now,
        expires_at: ledger.now.plus(claim.lease),
        reported_at: ledger.now,
        overdue_at: ledger.now.plus(shortest).plus(claim.grace),
        tasks: running.to_vec(),
    };
    let ids = Column::Int(running.iter().map(|task| task.task).collect());
    let (source, values) = Rows::new().with("t", ids).source(tx.backend(), 1);
    let query = format!("SELECT id, parameters FROM tasks WHERE id IN (SELECT t FROM {source})");
    let parameters = sql::list::<Parameters>(tx, &query, values).await?;
    let mut parameters: HashMap<i64, String> =
        parameters.into_iter().map(|row| (row.id, row.parameters)).collect();
    leases::insert(tx, &lease)?;
    let claimed = running.iter().filter_map(|task| {
        let run = ledger.book.get(task.run)?.clone();
        let kind = ledger.lanes.get(&task.lane)?.clone();
        let index = task.task - run.first_task;
        Some(ClaimedTask {
            lease: lease.token,
            task: *task,
            parameters: parameters.remove(&task.task)?,
            index,
            run,
            kind,
        })
    });
    Ok(claimed.collect())
}
