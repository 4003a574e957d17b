//! Reading a document out of JSON: its form by the published schema, then each part by itself.

use std::{sync::LazyLock, time::Duration};

use jsonschema::Validator;
use metier_core::{Role, UserId};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    condition::Condition,
    document::{
        After, Approval, Document, Finding, OnTimeout, Phase, Runs, Step, Tasks, Timer, What, Work, moment,
    },
    template::Template,
};

/// The schema of documents, as it is published.
pub const SCHEMA: &str = include_str!("schema.json");
/// Most bytes of a document.
pub const MAX_BYTES: usize = 256 * 1024;
/// Findings in one answer.
pub const MAX_FINDINGS: usize = 50;
/// Longest that anything waits or tries: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

static VALIDATOR: LazyLock<Option<Validator>> =
    LazyLock::new(|| jsonschema::options().build(&serde_json::from_str(SCHEMA).ok()?).ok());

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    inputs: Map<String, Value>,
    steps: Vec<WrittenStep>,
    #[serde(default)]
    on_failure: Vec<WrittenStep>,
    #[serde(default)]
    finally: Vec<WrittenStep>,
    #[serde(default)]
    outputs: Map<String, Value>,
}

#[derive(Deserialize)]
struct WrittenStep {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    needs: Vec<String>,
    after: Option<String>,
    when: Option<String>,
    for_each: Option<Value>,
    max_parallel: Option<usize>,
    kind: Option<String>,
    kind_version: Option<i64>,
    parameters: Option<Value>,
    items: Option<Value>,
    workflow: Option<String>,
    inputs: Option<Value>,
    timer: Option<WrittenTimer>,
    signal: Option<WrittenSignal>,
    approval: Option<WrittenApproval>,
    queue: Option<String>,
    priority: Option<i64>,
    requires: Option<Vec<String>>,
    max_attempts: Option<i64>,
    timeout: Option<String>,
}

#[derive(Deserialize)]
struct WrittenTimer {
    #[serde(rename = "for")]
    duration: Option<String>,
    until: Option<String>,
}

#[derive(Deserialize)]
struct WrittenSignal {
    name: String,
    timeout: Option<String>,
}

#[derive(Deserialize)]
struct WrittenApproval {
    who: Who,
    #[serde(default)]
    message: String,
    timeout: Option<String>,
    on_timeout: Option<String>,
}

#[derive(Deserialize)]
struct Who {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    users: Vec<String>,
}

/// Reads a document.
///
/// # Errors
/// What is wrong with its parts, each by step and place.
pub fn read(value: &Value) -> Result<Document, Vec<Finding>> {
    let size = value.to_string().len();
    if size > MAX_BYTES {
        let message = format!("a workflow has at most {MAX_BYTES} bytes; this one has {size}");
        return Err(vec![Finding { step: None, path: String::new(), message }]);
    }
    let misformed = misformed(value);
    if !misformed.is_empty() {
        return Err(misformed);
    }
    let written: Written = serde_json::from_value(value.clone())
        .map_err(|error| vec![Finding { step: None, path: String::new(), message: error.to_string() }])?;
    let mut reader = Reader::default();
    let document = reader.document(written);
    if reader.findings.is_empty() { Ok(document) } else { Err(reader.findings) }
}

/// Where the form is not that of the schema.
fn misformed(value: &Value) -> Vec<Finding> {
    let Some(validator) = VALIDATOR.as_ref() else { return Vec::new() };
    let finding = |error: jsonschema::ValidationError<'_>| {
        let path = error.instance_path().to_string();
        Finding { step: step_at(value, &path), path, message: error.to_string() }
    };
    validator.iter_errors(value).map(finding).take(MAX_FINDINGS).collect()
}

/// The name of the step that a pointer leads into.
fn step_at(value: &Value, path: &str) -> Option<String> {
    let mut parts = path.split('/').skip(1);
    let (phase, position) = (parts.next()?, parts.next()?);
    let step = value.get(phase)?.get(position.parse::<usize>().ok()?)?;
    step.get("name")?.as_str().map(str::to_owned)
}

#[derive(Default)]
struct Reader {
    findings: Vec<Finding>,
    step: Option<String>,
    path: String,
}

impl Reader {
    fn wrong(&mut self, field: &str, message: impl Into<String>) {
        let path = if field.is_empty() { self.path.clone() } else { format!("{}/{field}", self.path) };
        self.findings.push(Finding { step: self.step.clone(), path, message: message.into() });
    }

    fn document(&mut self, written: Written) -> Document {
        for (name, schema) in &written.inputs {
            if let Err(error) = jsonschema::options().build(schema) {
                self.wrong(&format!("inputs/{name}"), format!("is not a JSON Schema: {error}"));
            }
        }
        let phases = [
            (Phase::Steps, "steps", written.steps),
            (Phase::OnFailure, "on_failure", written.on_failure),
            (Phase::Finally, "finally", written.finally),
        ];
        let mut steps = Vec::new();
        for (phase, name, of_phase) in phases {
            for (position, step) in of_phase.into_iter().enumerate() {
                self.path = format!("/{name}/{position}");
                self.step = Some(step.name.clone());
                steps.extend(self.step(phase, step));
            }
        }
        (self.path, self.step) = ("/outputs".to_owned(), None);
        let output = |(name, value): (String, Value)| Some((name.clone(), self.template(&name, &value)?));
        let outputs = written.outputs.into_iter().filter_map(output).collect();
        Document { inputs: written.inputs.into_iter().collect(), steps, outputs }
    }

    fn step(&mut self, phase: Phase, written: WrittenStep) -> Option<Step> {
        let when = written.when.as_deref().map(Condition::parse).transpose();
        let when = when.map_err(|mistake| self.wrong("when", mistake.to_string())).ok()?;
        let after = match written.after.as_deref() {
            Some("failure") => After::Failure,
            Some("end") => After::End,
            _ => After::Success,
        };
        let (name, description, needs) =
            (written.name.clone(), written.description.clone(), written.needs.clone());
        let path = self.path.clone();
        let work = self.work(written)?;
        Some(Step { name, description, phase, path, needs, after, when, work })
    }

    /// A step does one thing, and has nothing but what goes with it.
    fn work(&mut self, mut written: WrittenStep) -> Option<Work> {
        let works = [
            ("kind", written.kind.is_some()),
            ("workflow", written.workflow.is_some()),
            ("timer", written.timer.is_some()),
            ("signal", written.signal.is_some()),
            ("approval", written.approval.is_some()),
        ];
        let chosen: Vec<&str> =
            works.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
        let [work] = chosen[..] else {
            let found = if chosen.is_empty() { "none".to_owned() } else { chosen.join(" and ") };
            self.wrong(
                "",
                format!("a step has one of kind, workflow, timer, signal and approval; this has {found}"),
            );
            return None;
        };
        self.demand_fitting(work, &written);
        match work {
            "timer" => self.timer(written.timer.take()?).map(Work::Timer),
            "signal" => {
                let WrittenSignal { name, timeout } = written.signal.take()?;
                Some(Work::Signal { name, timeout: self.duration("signal/timeout", timeout) })
            }
            "approval" => self.approval(written.approval.take()?).map(Work::Approval),
            _ => self.runs(written).map(Box::new).map(Work::Runs),
        }
    }

    fn demand_fitting(&mut self, work: &str, written: &WrittenStep) {
        const STARTS_RUNS: &[&str] = &["kind", "workflow"];
        const TASKS: &[&str] = &["kind"];
        let fields: [(&str, bool, &[&str]); 11] = [
            ("for_each", written.for_each.is_some(), STARTS_RUNS),
            ("max_parallel", written.max_parallel.is_some(), STARTS_RUNS),
            ("priority", written.priority.is_some(), TASKS),
            ("queue", written.queue.is_some(), TASKS),
            ("requires", written.requires.is_some(), TASKS),
            ("max_attempts", written.max_attempts.is_some(), TASKS),
            ("timeout", written.timeout.is_some(), TASKS),
            ("kind_version", written.kind_version.is_some(), TASKS),
            ("parameters", written.parameters.is_some(), TASKS),
            ("items", written.items.is_some(), TASKS),
            ("inputs", written.inputs.is_some(), &["workflow"]),
        ];
        for (field, is_there, fits) in fields {
            if is_there && !fits.contains(&work) {
                self.wrong(field, format!("goes with {}, not with {work}", fits.join(" or ")));
            }
        }
        if written.max_parallel.is_some() && written.for_each.is_none() {
            self.wrong("max_parallel", "goes with for_each");
        }
        if written.items.is_some() && (written.for_each.is_some() || written.parameters.is_some()) {
            self.wrong("items", "takes the place of parameters and of for_each");
        }
    }

    fn runs(&mut self, written: WrittenStep) -> Option<Runs> {
        let empty = || Value::Object(Map::new());
        let what = match (written.kind, written.workflow) {
            (Some(kind), _) => {
                let tasks = match written.items {
                    Some(items) => Tasks::List(self.template("items", &items)?),
                    None => {
                        Tasks::One(self.template("parameters", &written.parameters.unwrap_or_else(empty))?)
                    }
                };
                What::Kind { kind, version: written.kind_version, tasks }
            }
            (None, job) => What::Workflow {
                job: job?,
                inputs: self.template("inputs", &written.inputs.unwrap_or_else(empty))?,
            },
        };
        let for_each = match written.for_each {
            Some(list) => Some(self.template("for_each", &list)?),
            None => None,
        };
        Some(Runs {
            what,
            for_each,
            max_parallel: written.max_parallel,
            queue: written.queue,
            priority: written.priority,
            requires: written.requires.unwrap_or_default(),
            max_attempts: written.max_attempts,
            timeout: self.duration("timeout", written.timeout),
        })
    }

    fn timer(&mut self, written: WrittenTimer) -> Option<Timer> {
        if let Some(until) = written.until {
            let template = self.template("timer/until", &Value::String(until))?;
            match &template {
                Template::Plain(value) if moment(value).is_none() => {
                    self.wrong("timer/until", "is not a moment such as 2026-01-31T08:00:00Z");
                    return None;
                }
                _ => return Some(Timer::Until(template)),
            }
        }
        self.duration("timer/for", written.duration).map(Timer::For)
    }

    fn approval(&mut self, written: WrittenApproval) -> Option<Approval> {
        let roles: Vec<Role> = written.who.roles.iter().filter_map(|role| role.parse().ok()).collect();
        let mut users = Vec::new();
        for (position, user) in written.who.users.iter().enumerate() {
            match user.parse::<UserId>() {
                Ok(user) => users.push(user),
                Err(_) => self.wrong(&format!("approval/who/users/{position}"), "is not the id of a user"),
            }
        }
        Some(Approval {
            roles,
            users,
            message: written.message,
            timeout: self.duration("approval/timeout", written.timeout),
            on_timeout: match written.on_timeout.as_deref() {
                Some("approve") => OnTimeout::Approve,
                Some("reject") => OnTimeout::Reject,
                _ => OnTimeout::Fail,
            },
        })
    }

    fn template(&mut self, field: &str, value: &Value) -> Option<Template> {
        let wrong = |bad: super::template::BadTemplate| {
            self.wrong(&format!("{field}{}", bad.path), bad.mistake.to_string());
        };
        Template::parse(value).map_err(wrong).ok()
    }

    fn duration(&mut self, field: &str, text: Option<String>) -> Option<Duration> {
        let text = text?;
        match humantime::parse_duration(&text) {
            Ok(duration) if duration <= LONGEST && duration >= Duration::from_millis(1) => Some(duration),
            Ok(_) => {
                self.wrong(field, "must lie between 1ms and ten years");
                None
            }
            Err(error) => {
                self.wrong(field, format!("is not a duration such as 90s, 15m or 1day 6h: {error}"));
                None
            }
        }
    }
}
