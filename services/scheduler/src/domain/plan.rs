//! What becomes of the times of a schedule: which fire, which are skipped and why, and when the next is.
//!
//! The same walk serves the loop and the preview, so that what was foretold is what happens.

use std::{collections::VecDeque, time::Duration};

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    calendar::Blackouts,
    schedule::{Missed, Schedule},
    trigger::Beat,
};

/// A time that is later than this was missed.
pub const GRACE: Duration = Duration::from_secs(60);
/// Most times that are looked at when many passed: the latest ones.
pub const MAX_MISSED: usize = 100;

/// What becomes of a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It starts a run.
    Fire,
    /// It does not, for this reason.
    Skip(String),
}

/// A time and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which, before jitter.
    pub scheduled_for: Timestamp,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// What a look at a schedule found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The times that passed, in order.
    pub times: Vec<Planned>,
    /// The next one; nothing when it has ended.
    pub next_at: Option<Timestamp>,
    /// How many of them were missed.
    pub missed: usize,
    /// Whether more were missed than are in it.
    pub more: bool,
}

impl Plan {
    /// How many runs it starts.
    pub fn runs(&self) -> usize {
        self.times.iter().filter(|time| time.verdict == Verdict::Fire).count()
    }
}

/// Looks at a schedule at this moment.
pub fn plan(schedule: &Schedule, beat: &Beat, blackouts: &Blackouts, now: Timestamp) -> Plan {
    let Some(first) = schedule.next_at else { return Plan::default() };
    let (times, more) = passed(schedule, beat, first, now);
    let late = |at: &Timestamp| at.plus(schedule.jitter(*at)).plus(GRACE) < now;
    let missed: Vec<Timestamp> = times.iter().copied().filter(late).collect();
    let mut runs_left = schedule.definition.max_runs.map(|limit| limit - schedule.fired);
    let mut planned = Vec::new();
    for at in &times {
        if runs_left == Some(0) {
            break;
        }
        let verdict = match blackouts.reason(*at) {
            Some(reason) => Verdict::Skip(reason),
            None => judge(schedule.definition.missed, *at, &missed),
        };
        if verdict == Verdict::Fire {
            runs_left = runs_left.map(|left| left - 1);
        }
        planned.push(Planned { scheduled_for: *at, verdict });
    }
    let next_at = match (runs_left, times.last()) {
        (Some(0), _) => None,
        (_, Some(last)) => schedule.definition.next(beat, *last),
        (_, None) => Some(first),
    };
    Plan { times: planned, next_at, missed: missed.len(), more }
}

fn judge(policy: Missed, at: Timestamp, missed: &[Timestamp]) -> Verdict {
    let fires = match policy {
        Missed::All => true,
        Missed::One => missed.last().is_none_or(|last| at >= *last),
        Missed::Skip => !missed.contains(&at),
    };
    let reason = match policy {
        Missed::One => "missed: a later one runs for it",
        _ => "missed: the scheduler did not run at that time",
    };
    if fires { Verdict::Fire } else { Verdict::Skip(reason.to_owned()) }
}

/// The times from `first` on that are due now; the latest of them when there are many, and whether there are.
fn passed(schedule: &Schedule, beat: &Beat, first: Timestamp, now: Timestamp) -> (Vec<Timestamp>, bool) {
    let mut reach = Duration::from_secs(60);
    loop {
        let from = first.max(now.minus(reach));
        let (times, more) = latest(schedule, beat, (first, from), now);
        if from == first || more {
            return (times, more || from > first);
        }
        reach = reach.saturating_mul(2);
    }
}

/// The latest times between `from` and now, and whether one of them had to be left out.
fn latest(
    schedule: &Schedule,
    beat: &Beat,
    (first, from): (Timestamp, Timestamp),
    now: Timestamp,
) -> (Vec<Timestamp>, bool) {
    let mut kept = VecDeque::new();
    let mut more = false;
    let begin = if from == first { Some(first) } else { schedule.definition.next(beat, from) };
    let mut next = begin;
    while let Some(at) = next.filter(|at| at.plus(schedule.jitter(*at)) <= now) {
        if kept.len() == MAX_MISSED {
            kept.pop_front();
            more = true;
        }
        kept.push_back(at);
        next = schedule.definition.next(beat, at);
    }
    (kept.into(), more)
}

/// A time ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreseen {
    /// Which, before jitter.
    pub scheduled_for: Timestamp,
    /// With jitter.
    pub due_at: Timestamp,
    /// What becomes of it, as far as can be foretold.
    pub verdict: Verdict,
}

/// The times ahead of a schedule, at most `count`.
pub fn preview(schedule: &Schedule, beat: &Beat, blackouts: &Blackouts, count: usize) -> Vec<Foreseen> {
    let mut runs_left = schedule.definition.max_runs.map(|limit| limit - schedule.fired);
    let mut next = schedule.next_at;
    let mut foreseen = Vec::new();
    while let Some(at) = next.filter(|_| foreseen.len() < count && runs_left.is_none_or(|left| left > 0)) {
        let verdict = blackouts.reason(at).map_or(Verdict::Fire, Verdict::Skip);
        if verdict == Verdict::Fire {
            runs_left = runs_left.map(|left| left - 1);
        }
        foreseen.push(Foreseen { scheduled_for: at, due_at: at.plus(schedule.jitter(at)), verdict });
        next = schedule.definition.next(beat, at);
    }
    foreseen
}

#[cfg(test)]
mod tests;
