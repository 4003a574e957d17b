//! What one transaction decides about tasks and their runs: gathered while it goes, written at its end.

use std::{collections::HashMap, time::Duration};

use metier_core::{Random, Timestamp};
use metier_db::Tx;
use sea_orm::DbErr;

use super::{
    history::{self, EndedAttempt, ResultValue},
    kinds::{self, LaneFacts},
    leases::Lease,
    ready::{self, QueuedTask},
    run_book::{Moved, OpenRun, RunBook},
};
use crate::domain::{
    outcome::{Next, Outcome},
    state::TaskState,
};

/// An outcome with the lease that covers it.
pub(super) struct Report {
    pub(super) task: QueuedTask,
    pub(super) lease: Lease,
    pub(super) outcome: Outcome,
    pub(super) result: Option<ResultValue>,
}

/// Everything one transaction decides, written at its end.
pub(super) struct Ledger<'a> {
    pub(super) now: Timestamp,
    random: &'a Random,
    pub(super) lanes: HashMap<i64, LaneFacts>,
    pub(super) book: RunBook,
    attempts: Vec<EndedAttempt>,
    ready: Vec<QueuedTask>,
    delayed: Vec<(QueuedTask, Timestamp)>,
}

impl<'a> Ledger<'a> {
    pub(super) async fn open(
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
    pub(super) fn take_ended(&self, lease: &mut Lease, grace: Duration) -> Vec<Report> {
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
    pub(super) fn timeout(&self, task: &QueuedTask) -> Duration {
        self.book.get(task.run).map_or(Duration::ZERO, OpenRun::timeout)
    }

    pub(super) fn apply(&mut self, report: Report) -> Result<(), DbErr> {
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
    pub(super) fn start(&mut self, taken: Vec<QueuedTask>) -> Result<Vec<QueuedTask>, DbErr> {
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

    pub(super) fn close(self, tx: &Tx) -> Moved {
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
