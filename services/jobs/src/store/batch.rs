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
    history::{self, ResultValue},
    kinds::LaneFacts,
    lanes::{self, Scope},
    leases::{self, Lease},
    ledger::{Ledger, Report},
    limit_book::LimitBook,
    ready::QueuedTask,
    run_book::{EndedRun, Moved, OpenRun},
    take::{self, Wish},
};
use crate::domain::outcome::Outcome;

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
