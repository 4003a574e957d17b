//! What references resolve to while a workflow runs.

use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value};

use super::reference::{Part, Reference, Root};
use crate::domain::state::TaskState;

/// What is known of a step.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// How it stands.
    pub state: TaskState,
    /// Why it did not succeed.
    pub error: Option<&'a str>,
    /// What it gave, once it succeeded.
    pub output: Option<&'a Value>,
}

/// Everything a reference can name.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    /// The inputs of the run.
    pub inputs: Cow<'a, Map<String, Value>>,
    /// Its steps.
    pub steps: BTreeMap<&'a str, Seen<'a>>,
}

/// An element that a step is done for, and its position.
pub type Item<'a> = (&'a Value, usize);

impl Scope<'_> {
    /// What a reference names; `None` when there is no such thing (yet).
    pub fn find(&self, reference: &Reference, item: Option<Item<'_>>) -> Option<Value> {
        let follow = |root: &Value| reference.follow(root).cloned();
        match &reference.root {
            Root::Input(name) => self.inputs.get(name).and_then(follow),
            Root::Item => item.and_then(|(element, _)| follow(element)),
            Root::Index => item.and_then(|(_, position)| follow(&Value::from(position))),
            Root::Step(name, part) => {
                let seen = self.steps.get(name.as_str())?;
                match part {
                    Part::Output => seen.output.and_then(follow),
                    Part::State => follow(&Value::from(seen.state.name())),
                    Part::Error => follow(&Value::from(seen.error?)),
                }
            }
        }
    }
}
