//! A workflow's document: what was written, understood.
//!
//! Reading keeps to what can be said of each part alone; how parts fit together is checked in `check`.

use std::{collections::BTreeMap, time::Duration};

use metier_core::{Role, Timestamp, UserId};
use serde_json::{Map, Value};

use super::{condition::Condition, reference::Reference, template::Template};

/// A workflow.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What a run is given: JSON Schemas by name. One without a `default` is required.
    pub inputs: BTreeMap<String, Value>,
    /// Every step: `steps`, then `on_failure`, then `finally`.
    pub steps: Vec<Step>,
    /// What a run gives.
    pub outputs: Vec<(String, Template)>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name, unique in the document.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it is written.
    pub phase: Phase,
    /// Its pointer in the document.
    pub path: String,
    /// Steps that have to end first.
    pub needs: Vec<String>,
    /// What has to have become of them.
    pub after: After,
    /// Skipped when this does not hold.
    pub when: Option<Condition>,
    /// What it does.
    pub work: Work,
}

/// The part of the document that a step is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `steps`.
    Steps,
    /// `on_failure`: when one of the steps did not succeed.
    OnFailure,
    /// `finally`: in any case.
    Finally,
}

/// What has to have become of the needed steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Every one succeeded, or its condition did not hold.
    Success,
    /// One did not succeed.
    Failure,
    /// They ended.
    End,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Work {
    /// Starts runs and waits for them.
    Runs(Box<Runs>),
    /// Waits for a moment.
    Timer(Timer),
    /// Waits for something to be sent.
    Signal {
        /// What.
        name: String,
        /// For how long.
        timeout: Option<Duration>,
    },
    /// Waits for somebody to decide.
    Approval(Approval),
}

/// The runs that a step starts.
#[derive(Clone, Debug)]
pub struct Runs {
    /// What is run.
    pub what: What,
    /// The list whose elements it is run for.
    pub for_each: Option<Template>,
    /// How many elements are worked on at once.
    pub max_parallel: Option<usize>,
    /// Where their tasks wait.
    pub queue: Option<String>,
    /// Higher goes first.
    pub priority: Option<i64>,
    /// What a worker must be able to do.
    pub requires: Vec<String>,
    /// Tries of each task.
    pub max_attempts: Option<i64>,
    /// Longest try.
    pub timeout: Option<Duration>,
}

/// What is run.
#[derive(Clone, Debug)]
pub enum What {
    /// Tasks of a kind.
    Kind {
        /// Its name.
        kind: String,
        /// Its version; the newest when absent.
        version: Option<i64>,
        /// What they are done with.
        tasks: Tasks,
    },
    /// Another workflow.
    Workflow {
        /// The job's name.
        job: String,
        /// Its inputs.
        inputs: Template,
    },
}

/// Parameters of tasks.
#[derive(Clone, Debug)]
pub enum Tasks {
    /// Of one task.
    One(Template),
    /// Of a list of tasks.
    List(Template),
}

/// What a step waits for.
#[derive(Clone, Debug)]
pub enum Timer {
    /// So long.
    For(Duration),
    /// Until then: a moment in RFC 3339.
    Until(Template),
}

/// Who decides, and until when.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Whoever has at least the rights of one of these.
    pub roles: Vec<Role>,
    /// These people.
    pub users: Vec<UserId>,
    /// What is to be decided.
    pub message: String,
    /// How long there is for it.
    pub timeout: Option<Duration>,
    /// What happens then.
    pub on_timeout: OnTimeout,
}

/// What becomes of an approval that nobody gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// The step has timed out.
    Fail,
    /// As if approved.
    Approve,
    /// As if rejected.
    Reject,
}

/// Something wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The step it is about, if it is about one.
    pub step: Option<String>,
    /// Pointer in the document.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Document {
    /// A step's position by its name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.name == name)
    }

    /// The steps of a phase, with their positions.
    pub fn of_phase(&self, phase: Phase) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter(move |(_, step)| step.phase == phase)
    }

    /// One JSON Schema of all inputs together.
    pub fn input_schema(&self) -> Value {
        let required: Vec<&String> = self
            .inputs
            .iter()
            .filter(|(_, schema)| schema.get("default").is_none())
            .map(|(name, _)| name)
            .collect();
        let properties: Map<String, Value> =
            self.inputs.iter().map(|(name, schema)| (name.clone(), schema.clone())).collect();
        serde_json::json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        })
    }

    /// The inputs as given, with the defaults of those that were not.
    pub fn with_defaults(&self, mut given: Map<String, Value>) -> Map<String, Value> {
        for (name, schema) in &self.inputs {
            if let (false, Some(default)) = (given.contains_key(name), schema.get("default")) {
                given.insert(name.clone(), default.clone());
            }
        }
        given
    }
}

impl Step {
    /// Every template of it, with its pointer in the document.
    pub fn templates(&self) -> Vec<(String, &Template)> {
        let at = |field: &str| format!("{}/{field}", self.path);
        match &self.work {
            Work::Timer(Timer::Until(template)) => vec![(at("timer/until"), template)],
            Work::Runs(runs) => {
                let mut templates: Vec<_> =
                    runs.for_each.iter().map(|template| (at("for_each"), template)).collect();
                templates.push(match &runs.what {
                    What::Kind { tasks: Tasks::One(template), .. } => (at("parameters"), template),
                    What::Kind { tasks: Tasks::List(template), .. } => (at("items"), template),
                    What::Workflow { inputs, .. } => (at("inputs"), inputs),
                });
                templates
            }
            _ => Vec::new(),
        }
    }

    /// Everything it refers to, with the pointer of the place.
    pub fn references(&self) -> Vec<(String, &Reference)> {
        let when = self.when.iter().flat_map(Condition::references);
        let mut references: Vec<_> =
            when.map(|reference| (format!("{}/when", self.path), reference)).collect();
        for (path, template) in self.templates() {
            let slots = template.slots().into_iter();
            references.extend(slots.map(|(deeper, slot)| (format!("{path}{deeper}"), &slot.reference)));
        }
        references
    }
}

impl Approval {
    /// Who decides, in words.
    pub fn who(&self) -> String {
        let roles = self.roles.iter().map(|role| format!("role {role}"));
        let users = self.users.iter().map(|user| format!("user {user}"));
        roles.chain(users).collect::<Vec<_>>().join(" or ")
    }
}

/// A moment out of a value.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(|text| Timestamp::parse(text).ok())
}
