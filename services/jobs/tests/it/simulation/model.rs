//! What the engine must do, kept in plain collections: the other opinion that its tables are held against.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use metier_core::{RunId, Timestamp};
use metier_jobs::{
    domain::{
        counts::Counts,
        outcome::{Next, Outcome},
        state::{RunState, TaskState},
    },
    store::ready::QueuedTask,
};
use metier_testkit::{ensure, simulation::Held};
use uuid::Uuid;

use super::{
    limits::{Buckets, Key},
    network::{Report, Wanted},
};

/// The backoff of the kind: from half of this to all of it.
const BACKOFF: Duration = Duration::from_secs(10);
/// How long a lease lasts, and how much longer than its run allows an attempt may take.
pub const LEASE: Duration = Duration::from_secs(15);

/// Where a task is: always in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Ready,
    /// Until some moment from the first to the second.
    Delayed(Timestamp, Timestamp),
    Leased(Uuid),
    Ended(TaskState),
}

#[derive(Clone, Debug)]
pub struct Task {
    pub run: i64,
    /// Its place in line, once the engine has decided it; a retry keeps it, a replay does not.
    pub rank: Option<i64>,
    pub attempt: i64,
    pub left: i64,
    pub place: Place,
}

#[derive(Clone, Debug)]
pub struct Lease {
    /// The worker it counts for.
    pub holder: usize,
    pub expires_at: Timestamp,
    pub reported_at: Timestamp,
    pub tasks: BTreeSet<i64>,
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: RunId,
    pub wanted: Wanted,
    pub epoch: i64,
    pub state: RunState,
}

/// What a claim cannot tell apart: queue, owner, whether it is special and the key it carries.
pub type LaneKey = (&'static str, usize, bool, Option<Key>);

/// What may be claimed of each lane: rank and id, in order.
pub type Lanes = BTreeMap<LaneKey, Vec<(i64, i64)>>;

/// A row of history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt {
    pub task: i64,
    pub attempt: i64,
    pub epoch: i64,
    pub state: String,
    pub is_final: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub runs: BTreeMap<i64, Run>,
    pub tasks: BTreeMap<i64, Task>,
    pub leases: BTreeMap<Uuid, Lease>,
    pub attempts: BTreeSet<Attempt>,
    pub results: BTreeMap<(i64, i64), String>,
    /// Runs that ended, by number and epoch.
    pub ended: BTreeSet<(i64, i64)>,
    pub queues: BTreeSet<&'static str>,
    pub paused: BTreeSet<&'static str>,
    pub buckets: Buckets,
}

impl Model {
    /// The run of an idempotency key.
    pub fn by_key(&self, key: usize) -> Option<(i64, &Run)> {
        self.runs.iter().find(|(_, run)| run.wanted.key == key).map(|(number, run)| (*number, run))
    }

    /// The run of an id.
    pub fn by_id(&self, id: RunId) -> Held<i64> {
        let found = self.runs.iter().find(|(_, run)| run.id == id);
        found.map(|(number, _)| *number).ok_or_else(|| format!("nobody knows the run {id}"))
    }

    /// A run was accepted.
    pub fn submit(&mut self, (number, first): (i64, i64), run: Run, now: Timestamp) -> Held {
        let size = run.wanted.items;
        let place = match run.wanted.delay {
            Some(delay) if !delay.is_zero() => Place::Delayed(now.plus(delay), now.plus(delay)),
            _ => Place::Ready,
        };
        for task in (first..).take(size) {
            let fresh = Task { run: number, rank: None, attempt: 1, left: run.wanted.max_attempts, place };
            ensure!(self.tasks.insert(task, fresh).is_none(), "task {task} belongs to two runs");
        }
        self.queues.insert(run.wanted.queue);
        ensure!(self.runs.insert(number, run).is_none(), "two runs have the number {number}");
        self.settle(number)
    }

    /// Whether a run can be cancelled; if so it was.
    pub fn cancel(&mut self, number: i64) -> Held<bool> {
        let Some(run) = self.runs.get_mut(&number).filter(|run| !run.state.has_ended()) else {
            return Ok(false);
        };
        run.state = RunState::Cancelling;
        let waiting: Vec<i64> =
            self.tasks_of(number, |place| matches!(place, Place::Ready | Place::Delayed(..)));
        for task in waiting {
            self.record(task, "cancelled", Some(TaskState::Cancelled));
        }
        self.settle(number)?;
        Ok(true)
    }

    /// How many tasks a replay puts back in line; `None` while the run is open.
    pub fn replay(&mut self, number: i64) -> Option<usize> {
        let bad = |place: &Place| {
            matches!(place, Place::Ended(TaskState::Failed | TaskState::TimedOut | TaskState::Cancelled))
        };
        let dead = self.tasks_of(number, bad);
        let run = self.runs.get_mut(&number).filter(|run| run.state.has_ended())?;
        if !dead.is_empty() {
            run.epoch += 1;
            run.state = RunState::Running;
        }
        let most = run.wanted.max_attempts;
        for id in &dead {
            if let Some(task) = self.tasks.get_mut(id) {
                (task.attempt, task.left, task.place) = (task.attempt + 1, most, Place::Ready);
                task.rank = None;
            }
        }
        Some(dead.len())
    }

    fn tasks_of(&self, run: i64, wanted: impl Fn(&Place) -> bool) -> Vec<i64> {
        let found = self.tasks.iter().filter(|(_, task)| task.run == run && wanted(&task.place));
        found.map(|(id, _)| *id).collect()
    }

    /// What a worker may take, who can do what is special or not, from queues that are not paused.
    pub fn claimable(&self, special: bool) -> Lanes {
        let mut lanes = Lanes::new();
        for (id, task) in self.tasks.iter().filter(|(_, task)| task.place == Place::Ready) {
            let Some(run) = self.runs.get(&task.run) else { continue };
            let Wanted { queue, owner, special: needed, key_limit, .. } = run.wanted;
            if !self.paused.contains(queue) && (special || !needed) {
                let rank = task.rank.unwrap_or_default();
                lanes.entry((queue, owner, needed, key_limit)).or_default().push((rank, *id));
            }
        }
        lanes.values_mut().for_each(|lane| lane.sort_unstable());
        lanes
    }

    /// A claim was answered with these tasks.
    pub fn claim(&mut self, (token, holder): (Uuid, usize), claimed: &[QueuedTask], now: Timestamp) -> Held {
        for queued in claimed {
            let task = self.tasks.get_mut(&queued.task).ok_or("an unknown task was handed out")?;
            ensure!(task.place == Place::Ready, "task {} is handed out while {:?}", queued.task, task.place);
            let expected = (task.run, task.attempt, task.left);
            let found = (queued.run, queued.attempt, queued.attempts_left);
            ensure!(found == expected, "task {}: {found:?} was handed out, not {expected:?}", queued.task);
            task.place = Place::Leased(token);
            if let Some(key) = self.runs.get(&queued.run).and_then(|run| run.wanted.key_limit) {
                self.buckets.take(key, now)?;
            }
        }
        if !claimed.is_empty() {
            let tasks = claimed.iter().map(|task| task.task).collect();
            let lease = Lease { holder, expires_at: now.plus(LEASE), reported_at: now, tasks };
            ensure!(self.leases.insert(token, lease).is_none(), "a token was given out twice");
        }
        claimed.iter().try_for_each(|task| self.settle(task.run))
    }

    fn key_of(&self, task: &Task) -> Option<Key> {
        self.runs.get(&task.run)?.wanted.key_limit
    }

    /// How many tasks of a key run.
    pub fn in_use(&self, key: Key) -> i64 {
        let runs = |task: &&Task| matches!(task.place, Place::Leased(_)) && self.key_of(task) == Some(key);
        self.tasks.values().filter(runs).count() as i64
    }

    /// How many tasks of a key may begin now: as there are slots and tokens.
    fn free(&self, key: Key, now: Timestamp) -> usize {
        let slots = key.limit().concurrency.map_or(i64::MAX, |most| most - self.in_use(key));
        usize::try_from(slots.min(self.buckets.tokens(key, now))).unwrap_or(0)
    }

    /// How many tasks of these lanes may be claimed: of the limited ones no more than have room.
    pub fn takable(&self, lanes: &Lanes, now: Timestamp) -> usize {
        let count = |wanted: Option<Key>| -> usize {
            lanes.iter().filter(|((.., key), _)| *key == wanted).map(|(_, lane)| lane.len()).sum()
        };
        let limited = Key::ALL.map(|key| count(Some(key)).min(self.free(key, now)));
        count(None) + limited.iter().sum::<usize>()
    }

    /// The key, among those whose tasks are ready, that has a token again soonest, and how long that takes; `None` when
    /// nothing waits for one.
    pub fn next_token(&self, now: Timestamp) -> Option<(Duration, Key)> {
        let ready = self.tasks.values().filter(|task| task.place == Place::Ready);
        let keys: BTreeSet<Key> = ready.filter_map(|task| self.key_of(task)).collect();
        keys.into_iter().filter_map(|key| Some((self.buckets.next_in(key, now)?, key))).min()
    }

    /// As much as there is and is wanted, and of each lane the best first.
    pub fn check_order(
        &self,
        lanes: &Lanes,
        claimed: &[QueuedTask],
        (limit, now): (usize, Timestamp),
    ) -> Held {
        let all = self.takable(lanes, now);
        ensure!(
            claimed.len() == all.min(limit),
            "of {all} with limit {limit}, {} were claimed",
            claimed.len()
        );
        let mut taken = 0;
        for lane in lanes.values() {
            let of_lane = |id: &i64| lane.iter().any(|(_, task)| task == id);
            let found: BTreeSet<i64> = claimed.iter().map(|task| task.task).filter(of_lane).collect();
            let best: BTreeSet<i64> = lane.iter().take(found.len()).map(|(_, task)| *task).collect();
            ensure!(found == best, "{found:?} were claimed before {best:?}");
            taken += found.len();
        }
        ensure!(taken == claimed.len(), "something was claimed that must not be: {claimed:?}");
        Ok(())
    }

    /// Which of these reports are to be accepted, and what they do.
    pub fn report(&mut self, holder: usize, reports: &[Report], now: Timestamp) -> Held<Vec<bool>> {
        let mut accepted = Vec::new();
        for report in reports {
            accepted.push(self.accept(holder, report, now));
        }
        for (report, _) in reports.iter().zip(&accepted).filter(|(_, accepted)| **accepted) {
            let run = self.end_attempt(report.task, &report.outcome, now)?;
            self.settle(run)?;
        }
        Ok(accepted)
    }

    /// The fence: a lease of the one who reports, that has not run out, and holds the task.
    fn accept(&mut self, holder: usize, report: &Report, now: Timestamp) -> bool {
        let mine = |lease: &&mut Lease| lease.holder == holder && lease.expires_at > now;
        let Some(lease) = self.leases.get_mut(&report.lease).filter(mine) else { return false };
        let accepted = lease.tasks.remove(&report.task);
        if accepted {
            lease.reported_at = now;
        }
        if lease.tasks.is_empty() {
            self.leases.remove(&report.lease);
        }
        accepted
    }

    /// An attempt ended; answers its run.
    fn end_attempt(&mut self, id: i64, outcome: &Outcome, now: Timestamp) -> Held<i64> {
        let task = self.tasks.get(&id).ok_or("an unknown task ended")?.clone();
        let run = self.runs.get(&task.run).ok_or("a task without a run ended")?;
        let next = outcome.next(task.left, run.state == RunState::Cancelling);
        if let (Next::End(TaskState::Succeeded), Outcome::Succeeded(text)) = (next, outcome) {
            self.results.insert((id, task.attempt), text.clone());
        }
        match (next, outcome.recorded()) {
            (Next::End(state), _) => self.record(id, state.name(), Some(state)),
            (_, Some(state)) => self.record(id, state, None),
            (_, None) => {}
        }
        let place = match next {
            Next::End(_) => return Ok(task.run),
            Next::GiveBack => Place::Ready,
            Next::RetryAfter(delay) if delay.is_zero() => Place::Ready,
            Next::RetryAfter(delay) => Place::Delayed(now.plus(delay), now.plus(delay)),
            Next::RetryAfterBackoff => Place::Delayed(now.plus(BACKOFF / 2), now.plus(BACKOFF)),
        };
        let spent = i64::from(next != Next::GiveBack);
        let (attempt, left) = (task.attempt + spent, task.left - spent);
        ensure!(left > 0, "task {id} is tried more often than its run allows");
        self.tasks.insert(id, Task { attempt, left, place, ..task.clone() });
        Ok(task.run)
    }

    fn record(&mut self, id: i64, state: &str, end: Option<TaskState>) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let epoch = self.runs.get(&task.run).map_or(0, |run| run.epoch);
        let (attempt, is_final) = (task.attempt, end.is_some());
        self.attempts.insert(Attempt { task: id, attempt, epoch, state: state.into(), is_final });
        if let Some(end) = end {
            task.place = Place::Ended(end);
        }
    }

    /// What a living lease is told to stop; `None` when it has ended.
    pub fn heartbeat(
        &mut self,
        holder: usize,
        token: Uuid,
        now: Timestamp,
    ) -> Option<BTreeSet<(i64, &'static str)>> {
        let lease = self.leases.get_mut(&token)?;
        if lease.holder != holder || lease.expires_at <= now {
            return None;
        }
        lease.expires_at = now.plus(LEASE);
        let lenient = lease.reported_at.plus(LEASE / 2);
        let stop = |id: &i64| {
            let run = self.runs.get(&self.tasks.get(id)?.run)?;
            let overdue = lenient.plus(run.wanted.timeout) <= now;
            let reason = if run.state == RunState::Cancelling { Some("cancelled") } else { None };
            Some((*id, reason.or(overdue.then_some("timed_out"))?))
        };
        Some(lease.tasks.iter().filter_map(stop).collect())
    }

    /// Every lease that ran out loses its tasks, every attempt that took too long ends.
    pub fn rescue(&mut self, now: Timestamp) -> Held {
        let tokens: Vec<Uuid> = self.leases.keys().copied().collect();
        for token in tokens {
            let Some(lease) = self.leases.get(&token).cloned() else { continue };
            let expired = lease.expires_at <= now;
            let outcome = if expired { Outcome::Lost } else { Outcome::TimedOut };
            let ended = lease.tasks.iter().filter(|id| expired || self.is_overdue(**id, &lease, now));
            for id in ended.copied().collect::<Vec<_>>() {
                if let Some(lease) = self.leases.get_mut(&token) {
                    lease.tasks.remove(&id);
                }
                let run = self.end_attempt(id, &outcome, now)?;
                self.settle(run)?;
            }
            self.leases.retain(|_, lease| !lease.tasks.is_empty());
        }
        Ok(())
    }

    fn is_overdue(&self, id: i64, lease: &Lease, now: Timestamp) -> bool {
        let run = self.tasks.get(&id).and_then(|task| self.runs.get(&task.run));
        run.is_some_and(|run| lease.reported_at.plus(LEASE).plus(run.wanted.timeout) <= now)
    }

    /// What is due becomes ready.
    pub fn promote(&mut self, now: Timestamp) {
        for task in self.tasks.values_mut() {
            if matches!(task.place, Place::Delayed(_, until) if until <= now) {
                task.place = Place::Ready;
            }
        }
    }

    /// A run's tasks by state.
    pub fn counts(&self, number: i64) -> Counts {
        let mut columns = [0; 8];
        for task in self.tasks.values().filter(|task| task.run == number) {
            columns[match task.place {
                Place::Ready | Place::Delayed(..) => TaskState::Ready,
                Place::Leased(_) => TaskState::Running,
                Place::Ended(state) => state,
            } as usize] += 1;
        }
        Counts::from_columns(columns)
    }

    /// A run's state follows from its tasks; each epoch ends once.
    fn settle(&mut self, number: i64) -> Held {
        let counts = self.counts(number);
        let Some(run) = self.runs.get_mut(&number) else { return Err(format!("there is no run {number}")) };
        if run.state.has_ended() {
            ensure!(counts.open() == 0, "run {number} has ended, and something of it is open");
            return Ok(());
        }
        run.state = counts.run_state(run.state);
        if run.state.has_ended() {
            ensure!(self.ended.insert((number, run.epoch)), "run {number} ended twice in an epoch");
        }
        Ok(())
    }
}
