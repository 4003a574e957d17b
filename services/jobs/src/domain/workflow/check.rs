//! Whether the parts of a document fit together: names, order, references, types, kinds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    document::{After, Document, Finding, Phase, Step, What, Work},
    typing::Typing,
};
use crate::domain::kind::Catalogue;

/// What a document is checked against.
#[derive(Debug, Default)]
pub struct Known {
    /// The kinds.
    pub kinds: Catalogue,
    /// The workflows it starts, directly or through others, by the names of their jobs.
    pub workflows: BTreeMap<String, Document>,
    /// Jobs it names that are no workflows.
    pub other_jobs: BTreeSet<String>,
    /// The name it is about to be saved under.
    pub own_name: Option<String>,
}

/// Everything wrong with how the parts of a document fit together.
pub fn check(document: &Document, known: &Known) -> Vec<Finding> {
    let mut findings = duplicates(document);
    findings.extend(document.steps.iter().flat_map(|step| needs(document, step)));
    findings.extend(cycle(document));
    if findings.is_empty() {
        findings.extend(document.steps.iter().filter_map(unreachable));
        findings.extend(Typing::new(document, known).findings());
    }
    findings.sort();
    findings.truncate(super::read::MAX_FINDINGS);
    findings
}

fn finding(step: &Step, field: &str, message: String) -> Finding {
    Finding { step: Some(step.name.clone()), path: format!("{}/{field}", step.path), message }
}

fn duplicates(document: &Document) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for step in &document.steps {
        if let Some(first) = seen.insert(step.name.as_str(), &step.path) {
            let message = format!("there is a step {} already, at {first}", step.name);
            findings.push(finding(step, "name", message));
        }
    }
    findings
}

fn needs(document: &Document, step: &Step) -> Vec<Finding> {
    let wrong = |(position, name): (usize, &String)| {
        let message = match document.position(name).and_then(|position| document.steps.get(position)) {
            None => format!("there is no step {name}; there are: {}", names(document, step.phase)),
            Some(needed) if needed.name == step.name => "a step cannot need itself".to_owned(),
            Some(needed) if needed.phase != step.phase => {
                format!(
                    "{name} is not among the steps of {}; its order follows from where it is",
                    step.phase.name()
                )
            }
            Some(_) => return None,
        };
        Some(finding(step, &format!("needs/{position}"), message))
    };
    step.needs.iter().enumerate().filter_map(wrong).collect()
}

fn names(document: &Document, phase: Phase) -> String {
    document.of_phase(phase).map(|(_, step)| step.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The first ring of steps that wait for one another.
fn cycle(document: &Document) -> Option<Finding> {
    let mut done = BTreeSet::new();
    document.steps.iter().find_map(|step| walk(document, step, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    document: &'a Document,
    step: &'a Step,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Finding> {
    if let Some(start) = way.iter().position(|name| *name == step.name) {
        let ring: Vec<&str> = way[start..].iter().copied().chain([step.name.as_str()]).collect();
        return Some(finding(
            step,
            "needs",
            format!("these steps wait for one another: {}", ring.join(" needs ")),
        ));
    }
    if done.contains(step.name.as_str()) {
        return None;
    }
    way.push(&step.name);
    let needed = step.needs.iter().filter_map(|name| document.steps.get(document.position(name)?));
    let found = needed.into_iter().find_map(|needed| walk(document, needed, way, done));
    way.pop();
    done.insert(&step.name);
    found
}

fn unreachable(step: &Step) -> Option<Finding> {
    if step.after == After::Failure && step.needs.is_empty() {
        let message = "is never done: after a failure of what? Say which steps it needs".to_owned();
        return Some(finding(step, "after", message));
    }
    let never = super::condition::Condition::parse("false").ok();
    if step.when.is_some() && step.when == never {
        return Some(finding(step, "when", "is never done: its condition never holds".to_owned()));
    }
    None
}

impl Document {
    /// The steps that a step waits for, directly or through others.
    pub fn ancestors(&self, step: &Step) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&String> = step.needs.iter().collect();
        while let Some(name) = open.pop() {
            let Some(needed) = self.position(name).and_then(|position| self.steps.get(position)) else {
                continue;
            };
            if found.insert(needed.name.as_str()) {
                open.extend(&needed.needs);
            }
        }
        found
    }

    /// The jobs that its steps run as workflows, with the pointers of the places.
    pub fn workflows(&self) -> Vec<(&Step, &str)> {
        let jobs = self.steps.iter().filter_map(|step| Some((step, step.work.workflow()?)));
        jobs.collect()
    }
}

impl Work {
    /// The job that it runs as a workflow, if it does.
    pub fn workflow(&self) -> Option<&str> {
        match self {
            Self::Runs(runs) => match &runs.what {
                What::Workflow { job, .. } => Some(job),
                What::Kind { .. } => None,
            },
            _ => None,
        }
    }
}

impl Phase {
    /// Its name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::OnFailure => "on_failure",
            Self::Finally => "finally",
        }
    }
}

/// Whether given inputs are those that a workflow asks for.
///
/// # Errors
/// What is wrong with them, by field.
pub fn check_inputs(document: &Document, inputs: &Value) -> Result<(), Vec<(String, String)>> {
    let schema = document.input_schema();
    let validator = match jsonschema::options().build(&schema) {
        Ok(validator) => validator,
        Err(error) => return Err(vec![(String::new(), error.to_string())]),
    };
    let errors = validator.iter_errors(inputs).take(20);
    let wrong: Vec<_> = errors.map(|error| (error.instance_path().to_string(), error.to_string())).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
