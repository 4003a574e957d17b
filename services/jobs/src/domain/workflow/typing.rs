//! What references name, and whether it can be what the place asks for.

use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};

use super::{
    check::Known,
    condition::{Condition, Operand},
    document::{Document, Finding, Phase, Runs, Step, Tasks, What, Work},
    reference::{Part, Reference, Root},
    shape::{self, Types},
    template::{Piece, Template},
};
use crate::domain::kind::{Kind, WORKFLOW};

/// Checks a document's references and types.
pub(super) struct Typing<'a> {
    document: &'a Document,
    known: &'a Known,
    findings: Vec<Finding>,
}

impl<'a> Typing<'a> {
    pub(super) fn new(document: &'a Document, known: &'a Known) -> Self {
        Self { document, known, findings: Vec::new() }
    }

    pub(super) fn findings(mut self) -> Vec<Finding> {
        for step in &self.document.steps {
            self.step(step);
        }
        for (name, template) in &self.document.outputs {
            for (path, slot) in template.slots() {
                if let Err(message) = self.shape(None, &slot.reference) {
                    self.wrong(None, format!("/outputs/{name}{path}"), message);
                }
            }
        }
        self.findings
    }

    fn wrong(&mut self, step: Option<&Step>, path: String, message: impl Into<String>) {
        let step = step.map(|step| step.name.clone());
        self.findings.push(Finding { step, path, message: message.into() });
    }

    fn step(&mut self, step: &Step) {
        for (path, reference) in step.references() {
            if let Err(message) = self.shape(Some(step), reference) {
                self.wrong(Some(step), path, message);
            }
        }
        if let Some(condition) = &step.when {
            self.condition(step, condition);
        }
        match &step.work {
            Work::Runs(runs) => self.runs(step, runs),
            Work::Timer(super::document::Timer::Until(template)) => {
                self.fits(step, &format!("{}/timer/until", step.path), template, &json!({"type": "string"}));
            }
            _ => {}
        }
    }

    /// What a condition compares has to be comparable, and what stands alone `true` or `false`.
    fn condition(&mut self, step: &Step, condition: &Condition) {
        let path = format!("{}/when", step.path);
        match condition {
            Condition::Or(parts) | Condition::And(parts) => {
                parts.iter().for_each(|part| self.condition(step, part));
            }
            Condition::Not(inner) => self.condition(step, inner),
            Condition::Exists(_) => {}
            Condition::IsTrue(operand) => {
                let types = self.operand(step, operand);
                if !types.meets(Types::BOOLEAN) {
                    self.wrong(
                        Some(step),
                        path,
                        format!("is {}, neither true nor false; compare it", types.names()),
                    );
                }
            }
            Condition::Compare(left, _, right) => {
                let (left, right) = (self.operand(step, left), self.operand(step, right));
                let null = Types::of_value(&Value::Null);
                if !left.meets(right) && left != null && right != null {
                    let message = format!("compares {} with {}", left.names(), right.names());
                    self.wrong(Some(step), path, message);
                }
            }
        }
    }

    fn operand(&self, step: &Step, operand: &Operand) -> Types {
        match operand {
            Operand::Literal(Value::Number(_)) => Types::of_schema(&json!({"type": "number"})),
            Operand::Literal(value) => Types::of_value(value),
            Operand::Reference(reference) => {
                match Types::of_schema(&self.shape(Some(step), reference).unwrap_or(Value::Bool(true))) {
                    whole if whole == Types::of_schema(&json!({"type": "integer"})) => {
                        Types::of_schema(&json!({"type": "number"}))
                    }
                    types => types,
                }
            }
        }
    }

    fn runs(&mut self, step: &Step, runs: &Runs) {
        if let Some(list) = &runs.for_each {
            self.fits(step, &format!("{}/for_each", step.path), list, &json!({"type": "array"}));
        }
        match &runs.what {
            What::Kind { kind, .. } if kind == WORKFLOW => {
                let message = "is no kind to be used here; name the job of steps in `workflow`";
                self.wrong(Some(step), format!("{}/kind", step.path), message);
            }
            What::Kind { kind, version, tasks } => match self.known.kinds.get(kind, *version) {
                Err(fault) => self.wrong(Some(step), format!("{}/kind", step.path), fault.message),
                Ok(kind) => self.tasks(step, kind, tasks),
            },
            What::Workflow { job, inputs } => self.workflow(step, job, inputs),
        }
    }

    fn tasks(&mut self, step: &Step, kind: &Kind, tasks: &Tasks) {
        match tasks {
            Tasks::One(parameters) => {
                self.parameters(step, kind, (format!("{}/parameters", step.path), parameters))
            }
            Tasks::List(Template::List(items)) => {
                for (position, item) in items.iter().enumerate() {
                    self.parameters(step, kind, (format!("{}/items/{position}", step.path), item));
                }
            }
            Tasks::List(Template::Plain(Value::Array(items))) => {
                for (position, item) in items.iter().enumerate() {
                    let item = Template::Plain(item.clone());
                    self.parameters(step, kind, (format!("{}/items/{position}", step.path), &item));
                }
            }
            Tasks::List(list) => {
                let wanted = json!({"type": "array", "items": kind.parameter_schema});
                self.fits(step, &format!("{}/items", step.path), list, &wanted);
            }
        }
    }

    fn parameters(&mut self, step: &Step, kind: &Kind, place: (String, &Template)) {
        self.validate(step, (&kind.validator, &kind.parameter_schema), place);
    }

    /// A value with references: what is certain is checked by the whole schema, references by their types.
    fn validate(
        &mut self,
        step: &Step,
        (validator, schema): (&Validator, &Value),
        (path, template): (String, &Template),
    ) {
        let sample = template.sample();
        let slots: Vec<String> = template.slots().into_iter().map(|(path, _)| path).collect();
        let certain = |error: &jsonschema::ValidationError<'_>| {
            let at = error.instance_path().to_string();
            let is_about_names = matches!(
                error.kind(),
                ValidationErrorKind::Required { .. } | ValidationErrorKind::AdditionalProperties { .. }
            );
            is_about_names && !slots.contains(&at) || !slots.iter().any(|slot| slot.starts_with(&at))
        };
        for error in validator.iter_errors(&sample).filter(certain).take(20) {
            self.wrong(Some(step), format!("{path}{}", error.instance_path()), error.to_string());
        }
        self.fits(step, &path, template, schema);
    }

    fn workflow(&mut self, step: &Step, job: &str, inputs: &Template) {
        let path = format!("{}/workflow", step.path);
        if self.known.own_name.as_deref() == Some(job) {
            return self.wrong(Some(step), path, "a workflow cannot run itself");
        }
        if self.known.other_jobs.contains(job) {
            let message = format!("the job {job} has no steps; name its kind in `kind` instead");
            return self.wrong(Some(step), path, message);
        }
        let Some(document) = self.known.workflows.get(job) else {
            return self.wrong(Some(step), path, format!("there is no job {job}"));
        };
        if self.known.own_name.as_deref().is_some_and(|own| self.leads_to(document, own)) {
            return self.wrong(Some(step), path, format!("the workflow {job} runs this one"));
        }
        let path = format!("{}/inputs", step.path);
        let schema = document.input_schema();
        if let Ok(validator) = jsonschema::options().build(&schema) {
            self.validate(step, (&validator, &schema), (path, inputs));
        }
    }

    /// Whether a workflow runs that one, directly or through others.
    fn leads_to(&self, document: &Document, own: &str) -> bool {
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<&str> = document.workflows().into_iter().map(|(_, job)| job).collect();
        while let Some(job) = open.pop() {
            if job == own {
                return true;
            }
            if let Some(next) = self.known.workflows.get(job).filter(|_| seen.insert(job)) {
                open.extend(next.workflows().into_iter().map(|(_, job)| job));
            }
        }
        false
    }

    /// Walks a template beside the schema of its place.
    fn fits(&mut self, step: &Step, path: &str, template: &Template, wanted: &Value) {
        let asked = Types::of_schema(wanted);
        let given = match template {
            Template::Whole(slot) => {
                let Ok(shape) = self.shape(Some(step), &slot.reference) else { return };
                Types::of_schema(&shape)
            }
            Template::Text(pieces) => {
                debug_assert!(pieces.iter().any(|piece| matches!(piece, Piece::Slot(_))));
                Types::STRING
            }
            Template::Plain(value) => Types::of_value(value),
            Template::List(items) => {
                let Ok(element) = shape::element(wanted) else {
                    return self.wrong(
                        Some(step),
                        path.to_owned(),
                        format!("must be {}, not array", asked.names()),
                    );
                };
                for (position, item) in items.iter().enumerate() {
                    self.fits(step, &format!("{path}/{position}"), item, &element);
                }
                return;
            }
            Template::Object(fields) => {
                for (name, field) in fields {
                    let place = format!("{path}/{}", super::template::escape(name));
                    match shape::property(wanted, name) {
                        Ok(wanted) => self.fits(step, &place, field, &wanted),
                        Err(message) => self.wrong(Some(step), place, message),
                    }
                }
                return;
            }
        };
        if !given.meets(asked) {
            let message = format!("must be {}, and is {}", asked.names(), given.names());
            self.wrong(Some(step), path.to_owned(), message);
        }
    }

    /// The schema of what a reference names, seen from a step, or from the outputs.
    fn shape(&self, from: Option<&Step>, reference: &Reference) -> Result<Value, String> {
        let root = match &reference.root {
            Root::Input(name) => self.document.inputs.get(name).cloned().ok_or_else(|| {
                let names: Vec<&str> = self.document.inputs.keys().map(String::as_str).collect();
                format!("there is no input {name:?}; there are: {}", names.join(", "))
            })?,
            Root::Item => self.element(from)?,
            Root::Index => self.element(from).map(|_| json!({"type": "integer"}))?,
            Root::Step(name, part) => self.of_step(from, (name, *part))?,
        };
        let known = shape::at(&root, &reference.path);
        known.map_err(|message| format!("{reference} does not exist: {message}"))
    }

    fn element(&self, from: Option<&Step>) -> Result<Value, String> {
        let runs = match from.map(|step| &step.work) {
            Some(Work::Runs(runs)) => Some(runs),
            _ => None,
        };
        let Some(list) = runs.and_then(|runs| runs.for_each.as_ref()) else {
            return Err("there is an item, and its index, only in a step with for_each".to_owned());
        };
        Ok(match list {
            Template::Whole(slot) if !matches!(slot.reference.root, Root::Item | Root::Index) => {
                shape::element(&self.shape(from, &slot.reference)?).unwrap_or(Value::Bool(true))
            }
            Template::Plain(value) => shape::element(&shape::of_value(value)).unwrap_or(Value::Bool(true)),
            _ => Value::Bool(true),
        })
    }

    fn of_step(&self, from: Option<&Step>, (name, part): (&str, Part)) -> Result<Value, String> {
        let step = self.document.position(name).and_then(|position| self.document.steps.get(position));
        let step = step.ok_or_else(|| format!("there is no step {name}"))?;
        if let Some(from) = from {
            let comes_before = from.phase > step.phase || self.document.ancestors(from).contains(name);
            if !comes_before {
                return Err(format!("{name} need not have ended then; add it to the needs of {}", from.name));
            }
        }
        Ok(match part {
            Part::State | Part::Error => json!({"type": "string"}),
            Part::Output => self.output(step),
        })
    }

    /// What a step gives.
    fn output(&self, step: &Step) -> Value {
        match &step.work {
            Work::Timer(_) => json!({"type": "null"}),
            Work::Signal { .. } => Value::Bool(true),
            Work::Approval(_) => json!({"type": "object", "additionalProperties": false, "properties": {
                "approved": {"type": "boolean"}, "by": {"type": "string"}, "comment": {"type": "string"},
                "at": {"type": "string"}}}),
            Work::Runs(runs) => {
                let one = match &runs.what {
                    What::Kind { tasks: Tasks::List(_), .. } => json!({"type": "array"}),
                    What::Kind { .. } => Value::Bool(true),
                    What::Workflow { job, .. } => {
                        self.known.workflows.get(job).map_or(Value::Bool(true), outputs)
                    }
                };
                if runs.for_each.is_some() { json!({"type": "array", "items": one}) } else { one }
            }
        }
    }
}

fn outputs(document: &Document) -> Value {
    let properties: Map<String, Value> =
        document.outputs.iter().map(|(name, _)| (name.clone(), Value::Bool(true))).collect();
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

/// Phases come in this order, which is that of the enum.
const _: () = assert!(
    (Phase::Steps as u8) < (Phase::OnFailure as u8) && (Phase::OnFailure as u8) < (Phase::Finally as u8)
);
