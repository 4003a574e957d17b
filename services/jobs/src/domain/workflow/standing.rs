//! How the steps of a run stand: the facts that decisions are made from.

use std::{borrow::Cow, collections::BTreeMap};

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    document::{Document, Phase},
    scope::{Scope, Seen},
};
use crate::domain::{
    outcome::Failure,
    state::{RunState, TaskState},
};

/// Recorded of a step that is skipped because its condition did not hold: what needs it goes on.
pub const SKIPPED_BY_CONDITION: &str = "condition";
/// Recorded of a step that is skipped because what it needs did not succeed: what needs it is skipped too.
pub const SKIPPED_BY_NEED: &str = "need";

/// What is known of a run.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The moment.
    pub now: Timestamp,
    /// It begins no earlier.
    pub run_at: Option<Timestamp>,
    /// Its inputs.
    pub inputs: Map<String, Value>,
    /// Whether it is to stop.
    pub stop: Stop,
    /// What was sent to it, by name.
    pub signals: BTreeMap<String, Value>,
    /// Its steps, in the order of the document.
    pub steps: Vec<Standing>,
}

/// How far a run was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Not at all.
    No,
    /// Its steps; those of `finally` are still done.
    Steps,
    /// Everything.
    All,
}

/// How a step stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its state.
    pub state: TaskState,
    /// Since when it waits for a moment, a signal or a decision.
    pub begun_at: Option<Timestamp>,
    /// Until when.
    pub due_at: Option<Timestamp>,
    /// Why it ended otherwise than well.
    pub failure: Option<Failure>,
    /// What it gave. Only that of steps that others refer to is known.
    pub output: Option<Value>,
    /// The runs it started.
    pub children: Vec<Child>,
    /// What its runs gave together, once they were asked.
    pub collected: Option<Result<Value, Failure>>,
    /// Why its runs cannot be started.
    pub refused: Option<Failure>,
    /// What was decided.
    pub decision: Option<Decision>,
}

/// A run that a step started.
#[derive(Clone, Debug)]
pub struct Child {
    /// Its number.
    pub number: i64,
    /// For which element.
    pub position: usize,
    /// Where it is.
    pub state: RunState,
    /// Why it is as it is.
    pub reason: Option<String>,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Yes or no.
    pub approved: bool,
    /// Who.
    pub by: String,
    /// Why.
    pub comment: String,
    /// When.
    pub at: Timestamp,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            state: TaskState::Waiting,
            begun_at: None,
            due_at: None,
            failure: None,
            output: None,
            children: Vec::new(),
            collected: None,
            refused: None,
            decision: None,
        }
    }
}

impl Standing {
    /// Whether it ended otherwise than well.
    pub const fn is_bad(&self) -> bool {
        matches!(self.state, TaskState::Failed | TaskState::TimedOut | TaskState::Cancelled)
    }

    /// Whether it was skipped because what it needs did not succeed.
    pub fn is_cut_off(&self) -> bool {
        self.state == TaskState::Skipped
            && self.failure.as_ref().is_some_and(|failure| failure.code == SKIPPED_BY_NEED)
    }

    fn seen(&self) -> Seen<'_> {
        let failure = self.failure.as_ref().filter(|_| self.is_bad());
        Seen {
            state: self.state,
            error: failure.map(|failure| failure.message.as_str()),
            output: self.output.as_ref(),
        }
    }

    /// Its runs that have not ended.
    pub fn open_children(&self) -> usize {
        self.children.iter().filter(|child| !child.state.has_ended()).count()
    }
}

impl Facts {
    /// What references resolve to.
    pub fn scope<'a>(&'a self, document: &'a Document) -> Scope<'a> {
        let steps = document.steps.iter().zip(&self.steps);
        Scope {
            inputs: Cow::Borrowed(&self.inputs),
            steps: steps.map(|(step, standing)| (step.name.as_str(), standing.seen())).collect(),
        }
    }

    /// Whether every step of a phase and of those before it has ended.
    pub fn has_ended(&self, document: &Document, phase: Phase) -> bool {
        let of_phase = document.steps.iter().zip(&self.steps).filter(|(step, _)| step.phase <= phase);
        of_phase.into_iter().all(|(_, standing)| !standing.state.is_open())
    }

    /// Whether a step of `steps` ended otherwise than well.
    pub fn has_failed(&self, document: &Document) -> bool {
        let steps = document.steps.iter().zip(&self.steps);
        steps.into_iter().any(|(step, standing)| step.phase == Phase::Steps && standing.is_bad())
    }
}

/// How a workflow's run ends, when its steps have ended like this.
pub fn ending(steps: impl IntoIterator<Item = TaskState>) -> RunState {
    let bad: Vec<TaskState> = steps
        .into_iter()
        .filter(|state| matches!(state, TaskState::Failed | TaskState::TimedOut | TaskState::Cancelled))
        .collect();
    let only = |state| bad.iter().all(|found| *found == state);
    match bad.is_empty() {
        true => RunState::Succeeded,
        false if only(TaskState::Cancelled) => RunState::Cancelled,
        false if only(TaskState::TimedOut) => RunState::TimedOut,
        false => RunState::Failed,
    }
}
