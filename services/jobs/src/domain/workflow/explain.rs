//! What an open run waits for, in one sentence.

use super::{
    document::{Document, Step, Work},
    standing::{Facts, Standing, Stop},
};
use crate::domain::state::TaskState;

/// Steps named in one sentence.
const MOST: usize = 3;

/// What a run waits for; `None` when it is about to go on.
pub fn explain(document: &Document, facts: &Facts) -> Option<String> {
    if let Some(at) = facts.run_at.filter(|at| *at > facts.now && facts.stop == Stop::No) {
        return Some(format!("starts at {at}"));
    }
    let steps = document.steps.iter().zip(&facts.steps);
    let waits: Vec<String> = steps.filter_map(|(step, standing)| wait(step, standing, facts.stop)).collect();
    let more = waits.len().saturating_sub(MOST);
    let mut sentence = waits.into_iter().take(MOST).collect::<Vec<_>>().join("; ");
    if more > 0 {
        sentence.push_str(&format!("; and {more} more"));
    }
    Some(sentence).filter(|sentence| !sentence.is_empty())
}

/// What one step waits for.
pub fn wait(step: &Step, standing: &Standing, stop: Stop) -> Option<String> {
    let name = &step.name;
    let until = standing.due_at.map(|due| format!(" until {due}")).unwrap_or_default();
    match (&step.work, standing.state) {
        (Work::Runs(_), TaskState::Running) => Some(running(name, standing, stop)),
        (_, TaskState::Waiting) if standing.begun_at.is_none() => None,
        (Work::Timer(_), TaskState::Waiting) => Some(format!("step {name} waits{until}")),
        (Work::Signal { name: signal, .. }, TaskState::Waiting) => {
            Some(format!("step {name} waits for the signal {signal}{until}"))
        }
        (Work::Approval(approval), TaskState::Waiting) => {
            Some(format!("step {name} waits for the approval of {}{until}", approval.who()))
        }
        _ => None,
    }
}

fn running(name: &str, standing: &Standing, stop: Stop) -> String {
    let open: Vec<i64> =
        standing.children.iter().filter(|child| !child.state.has_ended()).map(|child| child.number).collect();
    let verb = if stop == Stop::No { "runs" } else { "is being stopped" };
    match open.as_slice() {
        [] => format!("step {name} is about to end"),
        [run] => format!("step {name} {verb}: run {run}"),
        [first, .., last] => format!("step {name} {verb}: {} runs from {first} to {last}", open.len()),
    }
}
