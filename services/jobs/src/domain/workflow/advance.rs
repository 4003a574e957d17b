//! What comes next in a run: decided from how its steps stand, without doing anything.
//!
//! Asking again with the same facts gives the same moves, and after they are made, none. Each step ends once; when
//! nothing is left to wait for, every step has ended, those of `finally` included. See the properties in the tests.

use metier_core::Timestamp;
use serde_json::Value;

use super::{
    document::{After, Document, OnTimeout, Phase, Runs, Step, Timer, Work, moment},
    runs::{self, NewChild},
    standing::{Child, Decision, Facts, SKIPPED_BY_CONDITION, SKIPPED_BY_NEED, Standing, Stop},
};
use crate::domain::{
    outcome::Failure,
    state::{RunState, TaskState},
};

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The step's position.
    pub step: usize,
    /// What.
    pub what: Doing,
}

/// What is to be done with a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    /// It starts these runs.
    Start(Vec<NewChild>),
    /// It begins to wait, for ever or until then.
    Wait(Option<Timestamp>),
    /// It ends, with what it gives, or why it gives nothing.
    End(TaskState, Result<Value, Failure>),
    /// Its runs are to stop.
    Stop,
    /// What its runs gave is to be told before it can end.
    Collect,
}

/// Everything that can be done now, in order.
pub fn advance(document: &Document, facts: &Facts) -> Vec<Move> {
    let mut facts = facts.clone();
    let mut moves = Vec::new();
    if facts.stop == Stop::No && facts.run_at.is_some_and(|at| facts.now < at) {
        return moves;
    }
    let mut idle = vec![false; document.steps.len()];
    loop {
        let before = moves.len();
        for (position, step) in document.steps.iter().enumerate() {
            if idle.get(position).copied().unwrap_or(true) {
                continue;
            }
            if let Some(what) = next(document, &facts, (position, step)) {
                idle[position] = apply(&mut facts, position, &what);
                moves.push(Move { step: position, what });
            }
        }
        if moves.len() == before {
            return moves;
        }
    }
}

/// Lets the other steps see a move. `true` when nothing more can be said of this step until it is made.
fn apply(facts: &mut Facts, position: usize, what: &Doing) -> bool {
    let now = facts.now;
    let Some(standing) = facts.steps.get_mut(position) else { return true };
    match what {
        Doing::Start(_) => standing.state = TaskState::Running,
        Doing::Wait(due) => (standing.begun_at, standing.due_at) = (Some(now), *due),
        Doing::End(state, outcome) => {
            standing.state = *state;
            standing.failure = outcome.as_ref().err().cloned();
            standing.output = outcome.as_ref().ok().cloned();
        }
        Doing::Stop | Doing::Collect => {}
    }
    matches!(what, Doing::Start(_) | Doing::Stop | Doing::Collect)
}

fn failure(code: &str, message: impl Into<String>) -> Failure {
    Failure { code: code.to_owned(), message: message.into() }
}

fn ends(state: TaskState, code: &str, message: impl Into<String>) -> Option<Doing> {
    Some(Doing::End(state, Err(failure(code, message))))
}

fn cancelled() -> Option<Doing> {
    ends(TaskState::Cancelled, "cancelled", "the run was cancelled")
}

fn next(document: &Document, facts: &Facts, (position, step): (usize, &Step)) -> Option<Doing> {
    let standing = facts.steps.get(position)?;
    let is_stopped = match step.phase {
        Phase::Finally => facts.stop == Stop::All,
        Phase::Steps | Phase::OnFailure => facts.stop != Stop::No,
    };
    match standing.state {
        TaskState::Waiting if is_stopped => cancelled(),
        TaskState::Waiting if standing.begun_at.is_some() => waited(facts, step, standing),
        TaskState::Waiting => gate(document, facts, (position, step)),
        TaskState::Running if is_stopped => stopped(document, facts, (step, standing)),
        TaskState::Running => worked(document, facts, (step, standing)),
        _ => None,
    }
}

/// A running step of a run that is to stop.
fn stopped(document: &Document, facts: &Facts, (step, standing): (&Step, &Standing)) -> Option<Doing> {
    let Work::Runs(work) = &step.work else { return None };
    if standing.open_children() > 0 {
        let is_asked = |child: &Child| child.state.has_ended() || child.state == RunState::Cancelling;
        return (!standing.children.iter().all(is_asked)).then_some(Doing::Stop);
    }
    if let Some(bad) = unsuccessful(standing) {
        return Some(bad);
    }
    match (more(document, facts, (work, standing)), &standing.collected) {
        (Ok(left), Some(outcome)) if left.is_empty() => Some(collected(outcome)),
        (Ok(left), None) if left.is_empty() => Some(Doing::Collect),
        _ => cancelled(),
    }
}

/// Whether a step's turn has come, and if so, what it begins with.
fn gate(document: &Document, facts: &Facts, (position, step): (usize, &Step)) -> Option<Doing> {
    let skip = |code, message: &str| ends(TaskState::Skipped, code, message);
    match step.phase {
        Phase::Steps => {}
        Phase::OnFailure if !facts.has_ended(document, Phase::Steps) => return None,
        Phase::OnFailure if !facts.has_failed(document) => {
            return skip(SKIPPED_BY_CONDITION, "no step failed");
        }
        Phase::Finally if !facts.has_ended(document, Phase::OnFailure) => return None,
        Phase::OnFailure | Phase::Finally => {}
    }
    let needed: Vec<&Standing> =
        step.needs.iter().filter_map(|name| facts.steps.get(document.position(name)?)).collect();
    if needed.iter().any(|need| need.state.is_open()) {
        return None;
    }
    let (is_bad, is_cut_off) =
        (needed.iter().any(|need| need.is_bad()), needed.iter().any(|need| need.is_cut_off()));
    match step.after {
        After::Success if is_bad || is_cut_off => {
            return skip(SKIPPED_BY_NEED, "a step that it needs did not succeed");
        }
        After::Failure if !is_bad && is_cut_off => {
            return skip(SKIPPED_BY_NEED, "a step that it needs was not done");
        }
        After::Failure if !is_bad => return skip(SKIPPED_BY_CONDITION, "no step that it needs failed"),
        After::Success | After::Failure | After::End => {}
    }
    let scope = facts.scope(document);
    if step.when.as_ref().is_some_and(|when| !when.holds(&scope, None)) {
        return skip(SKIPPED_BY_CONDITION, "its condition does not hold");
    }
    begin(document, facts, (position, step))
}

fn begin(document: &Document, facts: &Facts, (position, step): (usize, &Step)) -> Option<Doing> {
    let standing = facts.steps.get(position)?;
    if let Some(refused) = &standing.refused {
        return Some(Doing::End(TaskState::Failed, Err(refused.clone())));
    }
    let after = |timeout: Option<std::time::Duration>| timeout.map(|timeout| facts.now.plus(timeout));
    match &step.work {
        Work::Runs(work) => begin_runs(document, facts, work),
        Work::Timer(Timer::For(duration)) => Some(Doing::Wait(after(Some(*duration)))),
        Work::Timer(Timer::Until(template)) => {
            let until = match template.render(&facts.scope(document), None) {
                Ok(until) => until,
                Err(missing) => return ends(TaskState::Failed, "missing_reference", missing.to_string()),
            };
            match moment(&until) {
                Some(until) => Some(Doing::Wait(Some(until))),
                None => ends(TaskState::Failed, "no_moment", format!("{until} is not a moment in RFC 3339")),
            }
        }
        Work::Signal { timeout, .. } => Some(Doing::Wait(after(*timeout))),
        Work::Approval(approval) => Some(Doing::Wait(after(approval.timeout))),
    }
}

fn begin_runs(document: &Document, facts: &Facts, work: &Runs) -> Option<Doing> {
    let scope = facts.scope(document);
    match runs::plan(work, &scope) {
        Err(refused) => Some(Doing::End(TaskState::Failed, Err(refused))),
        Ok(plan) if plan.is_empty() => Some(Doing::End(TaskState::Succeeded, Ok(Value::Array(Vec::new())))),
        Ok(plan) => match plan.children(0..plan.at_once()) {
            Err(refused) => Some(Doing::End(TaskState::Failed, Err(refused))),
            Ok(children) => Some(Doing::Start(children)),
        },
    }
}

/// A step that waits for something from outside.
fn waited(facts: &Facts, step: &Step, standing: &Standing) -> Option<Doing> {
    let is_due = standing.due_at.is_some_and(|due| due <= facts.now);
    match &step.work {
        Work::Timer(_) => is_due.then_some(Doing::End(TaskState::Succeeded, Ok(Value::Null))),
        Work::Signal { name, .. } => match facts.signals.get(name) {
            Some(sent) => Some(Doing::End(TaskState::Succeeded, Ok(sent.clone()))),
            None if is_due => {
                ends(TaskState::TimedOut, "timed_out", format!("no signal {name} came in time"))
            }
            None => None,
        },
        Work::Approval(approval) => match (&standing.decision, approval.on_timeout) {
            (Some(decision), _) => Some(decided(decision)),
            (None, _) if !is_due => None,
            (None, OnTimeout::Fail) => ends(TaskState::TimedOut, "timed_out", "nobody decided in time"),
            (None, OnTimeout::Reject) => {
                ends(TaskState::Failed, "rejected", "rejected, for nobody decided in time")
            }
            (None, OnTimeout::Approve) => {
                let decision = Decision {
                    approved: true,
                    by: String::new(),
                    comment: "nobody decided in time".to_owned(),
                    at: facts.now,
                };
                Some(decided(&decision))
            }
        },
        Work::Runs(_) => None,
    }
}

fn decided(decision: &Decision) -> Doing {
    if decision.approved {
        let output = serde_json::to_value(decision).unwrap_or(Value::Null);
        return Doing::End(TaskState::Succeeded, Ok(output));
    }
    let comment = if decision.comment.is_empty() { String::new() } else { format!(": {}", decision.comment) };
    Doing::End(TaskState::Failed, Err(failure("rejected", format!("rejected by {}{comment}", decision.by))))
}

/// A step whose runs have been started, some of them or all.
fn worked(document: &Document, facts: &Facts, (step, standing): (&Step, &Standing)) -> Option<Doing> {
    let Work::Runs(work) = &step.work else { return None };
    if let Some(refused) = standing.refused.as_ref().filter(|_| standing.open_children() == 0) {
        return Some(Doing::End(TaskState::Failed, Err(refused.clone())));
    }
    if standing.refused.is_none() && work.max_parallel.is_some() {
        match more(document, facts, (work, standing)) {
            Ok(children) if children.is_empty() => {}
            Ok(children) => return Some(Doing::Start(children)),
            Err(refused) if standing.open_children() == 0 => {
                return Some(Doing::End(TaskState::Failed, Err(refused)));
            }
            Err(_) => return None,
        }
    }
    match (standing.open_children(), unsuccessful(standing), &standing.collected) {
        (1.., _, _) => None,
        (0, Some(bad), _) => Some(bad),
        (0, None, Some(outcome)) => Some(collected(outcome)),
        (0, None, None) => Some(Doing::Collect),
    }
}

/// Further elements, as many as may be worked on at once.
fn more(
    document: &Document,
    facts: &Facts,
    (work, standing): (&Runs, &Standing),
) -> Result<Vec<NewChild>, Failure> {
    let scope = facts.scope(document);
    let plan = runs::plan(work, &scope)?;
    let first = standing.children.iter().map(|child| child.position + 1).max().unwrap_or(0);
    let room = plan.at_once().saturating_sub(standing.open_children());
    plan.children(first..plan.len().min(first + room))
}

fn collected(outcome: &Result<Value, Failure>) -> Doing {
    let state = if outcome.is_ok() { TaskState::Succeeded } else { TaskState::Failed };
    Doing::End(state, outcome.clone())
}

/// How a step ends of whose runs one did not succeed.
fn unsuccessful(standing: &Standing) -> Option<Doing> {
    let mut bad: Vec<&Child> =
        standing.children.iter().filter(|child| child.state != RunState::Succeeded).collect();
    bad.sort_by_key(|child| child.position);
    let first = bad.first()?;
    let only = |state| bad.iter().all(|child| child.state == state);
    let state = match () {
        () if only(RunState::Cancelled) => TaskState::Cancelled,
        () if only(RunState::TimedOut) => TaskState::TimedOut,
        () => TaskState::Failed,
    };
    let of = if standing.children.len() > 1 {
        format!("{} of its {} runs did not succeed, the first: ", bad.len(), standing.children.len())
    } else {
        String::new()
    };
    let reason = first.reason.as_deref().unwrap_or(first.state.name());
    Some(Doing::End(state, Err(failure("run_failed", format!("{of}run {}: {reason}", first.number)))))
}
