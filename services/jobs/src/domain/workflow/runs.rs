//! The runs that a step starts: worked out from its templates.
//!
//! A list without `max_parallel` is one run of many tasks, which is what the engine is fastest at. With it, and for
//! workflows, each element is a run of its own.

use std::ops::Range;

use serde_json::{Map, Value};

use super::{
    document::{Runs, Tasks, What},
    scope::Scope,
    template::{Missing, Template},
};
use crate::domain::outcome::Failure;

/// Most elements that are runs of their own.
pub const MOST_RUNS: usize = 1_000;

/// A run to be started.
#[derive(Clone, Debug, PartialEq)]
pub struct NewChild {
    /// For which element.
    pub position: usize,
    /// What it does.
    pub work: ChildWork,
}

/// What a step's run does.
#[derive(Clone, Debug, PartialEq)]
pub enum ChildWork {
    /// Tasks of the step's kind.
    Tasks(Vec<Value>),
    /// The step's workflow, with these inputs.
    Workflow(Map<String, Value>),
}

/// All the runs of a step.
pub(super) struct Plan<'a> {
    runs: &'a Runs,
    scope: &'a Scope<'a>,
    /// The elements that are runs of their own; `None` when there is one run.
    elements: Option<Vec<Value>>,
    /// The tasks of the one run.
    tasks: Vec<Value>,
    is_empty: bool,
}

fn missing(missing: Missing) -> Failure {
    Failure { code: "missing_reference".to_owned(), message: missing.to_string() }
}

/// Works out the runs of a step.
pub(super) fn plan<'a>(runs: &'a Runs, scope: &'a Scope<'a>) -> Result<Plan<'a>, Failure> {
    let list = runs.for_each.as_ref().map(|template| list("for_each", template, scope)).transpose()?;
    let mut plan = Plan { runs, scope, elements: None, tasks: Vec::new(), is_empty: false };
    match (&runs.what, list) {
        (What::Kind { tasks: Tasks::One(parameters), .. }, Some(list)) if runs.max_parallel.is_none() => {
            let task =
                |(position, element)| parameters.render(scope, Some((element, position))).map_err(missing);
            plan.tasks = list.iter().enumerate().map(task).collect::<Result<_, _>>()?;
            plan.is_empty = plan.tasks.is_empty();
        }
        (_, Some(list)) if list.len() > MOST_RUNS => {
            let message = format!(
                "for_each has {} elements; at most {MOST_RUNS} are runs of their own, as with max_parallel and workflows",
                list.len()
            );
            return Err(Failure { code: "too_many_elements".to_owned(), message });
        }
        (_, Some(list)) => {
            plan.is_empty = list.is_empty();
            plan.elements = Some(list);
        }
        (What::Kind { tasks: Tasks::One(parameters), .. }, None) => {
            plan.tasks.push(parameters.render(scope, None).map_err(missing)?);
        }
        (What::Kind { tasks: Tasks::List(items), .. }, None) => {
            plan.tasks = self::list("items", items, scope)?;
            plan.is_empty = plan.tasks.is_empty();
        }
        (What::Workflow { .. }, None) => {}
    }
    Ok(plan)
}

fn list(field: &str, template: &Template, scope: &Scope<'_>) -> Result<Vec<Value>, Failure> {
    match template.render(scope, None).map_err(missing)? {
        Value::Array(list) => Ok(list),
        other => {
            let kind = super::shape::Types::of_value(&other).names();
            Err(Failure { code: "no_list".to_owned(), message: format!("{field} is {kind}, not a list") })
        }
    }
}

impl Plan<'_> {
    /// Whether there is nothing to run.
    pub(super) fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// How many runs there are.
    pub(super) fn len(&self) -> usize {
        self.elements.as_ref().map_or(usize::from(!self.is_empty), Vec::len)
    }

    /// How many of them may be open at once.
    pub(super) fn at_once(&self) -> usize {
        self.runs.max_parallel.unwrap_or(MOST_RUNS).min(self.len())
    }

    /// The runs of these positions.
    pub(super) fn children(&self, positions: Range<usize>) -> Result<Vec<NewChild>, Failure> {
        positions.map(|position| Ok(NewChild { position, work: self.work(position)? })).collect()
    }

    fn work(&self, position: usize) -> Result<ChildWork, Failure> {
        let item = self.elements.as_ref().and_then(|elements| Some((elements.get(position)?, position)));
        match &self.runs.what {
            What::Kind { tasks: Tasks::One(parameters), .. } if item.is_some() => {
                parameters.render(self.scope, item).map(|task| ChildWork::Tasks(vec![task])).map_err(missing)
            }
            What::Kind { .. } => Ok(ChildWork::Tasks(self.tasks.clone())),
            What::Workflow { inputs, .. } => match inputs.render(self.scope, item).map_err(missing)? {
                Value::Object(inputs) => Ok(ChildWork::Workflow(inputs)),
                _ => Err(Failure {
                    code: "no_inputs".to_owned(),
                    message: "inputs of a workflow are an object".to_owned(),
                }),
            },
        }
    }
}
