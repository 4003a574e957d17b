//! Jobs: named, versioned definitions of work, and running them.

use std::{sync::Arc, time::Duration};

use metier_bus::NewEvent;
use metier_contract_jobs::{
    JOBS_READ, JOBS_WRITE, RUNS_SUBMIT,
    event::{JOB_CREATED, JOB_DELETED, JOB_UPDATED, TOPIC_JOB},
};
use metier_core::{Ctx, Fault, FaultKind, Page, PageRequest, Timestamp, Violation};
use metier_db::{DbError, is_unique_violation};
use serde_json::{Map, Value, json};

use super::{
    engine::Engine,
    submit::{self, Submission, Submitted},
    uploads,
    workflows::{
        define,
        start::{self, Start},
    },
};
use crate::{
    domain::{bad_items::OnBadItem, conditions::Conditions, kind::WORKFLOW, workflow::Document},
    error::Error,
    store::{self, jobs::JobRow},
};

/// Ended runs stay at most so many days.
const MOST_KEPT_DAYS: i64 = 36_500;
/// A job bounds its ended runs to at most so many.
const MOST_KEPT_RUNS: i64 = 1_000_000;

/// A job as someone defines it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it does, for people.
    pub description: String,
    /// The kind its tasks have; the newest version.
    pub kind: String,
    /// Parameters that every item starts from.
    pub parameters: Map<String, Value>,
    /// The queue its runs go to.
    pub queue: String,
    /// Higher goes first.
    pub priority: i64,
    /// What must hold before its tasks are claimed.
    pub conditions: Conditions,
    /// Attempts per task.
    pub max_attempts: Option<i64>,
    /// Longest attempt, milliseconds.
    pub timeout_ms: Option<i64>,
    /// Days its ended runs stay.
    pub keep_days: Option<i64>,
    /// Ended runs of it that stay.
    pub keep_runs: Option<i64>,
    /// Its steps and what goes with them, in place of a kind.
    pub document: Option<Value>,
}

impl JobRow {
    /// What must hold before its tasks are claimed.
    pub fn conditions(&self) -> Conditions {
        Conditions {
            requires: serde_json::from_str(&self.requires).unwrap_or_default(),
            limits: serde_json::from_str(&self.limits).unwrap_or_default(),
        }
    }
}

/// A page of jobs in their newest versions, by name.
///
/// # Errors
/// `permission_denied`, a foreign cursor, or a database failure.
pub async fn list(engine: &Engine, ctx: &Ctx, page: &PageRequest) -> Result<Page<JobRow>, Error> {
    ctx.require(JOBS_READ)?;
    let after = page.after.as_ref().map(metier_core::Cursor::key::<String>).transpose()?.unwrap_or_default();
    let limits = (after.as_str(), i64::from(page.limit) + 1);
    let rows = store::jobs::list(engine.database().reader(), ctx.workspace, limits).await?;
    Ok(Page::from_rows(rows, page.limit, |job| job.name.clone()))
}

/// A job in its newest version.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(engine: &Engine, ctx: &Ctx, name: &str) -> Result<JobRow, Error> {
    ctx.require(JOBS_READ)?;
    let job = store::jobs::find(engine.database().reader(), ctx.workspace, name).await?;
    Ok(job.ok_or_else(|| Fault::not_found("job", name))?)
}

/// Defines a job under a free name.
///
/// # Errors
/// `permission_denied`, `unknown_kind`, `name_taken`, `invalid_parameters`, or a database failure.
pub async fn create(engine: &Engine, ctx: &Ctx, name: &str, definition: Definition) -> Result<JobRow, Error> {
    ctx.require(JOBS_WRITE)?;
    if store::jobs::find(engine.database().reader(), ctx.workspace, name).await?.is_some() {
        return Err(taken(name).into());
    }
    write(engine, ctx, name, definition, None).await
}

/// Defines the next version of a job. `expected` is the version the caller saw.
///
/// # Errors
/// `permission_denied`, `not_found`, `stale`, `unknown_kind`, `invalid_parameters`, or a database failure.
pub async fn update(
    engine: &Engine,
    ctx: &Ctx,
    (name, expected): (&str, Option<i64>),
    definition: Definition,
) -> Result<JobRow, Error> {
    ctx.require(JOBS_WRITE)?;
    let current = get(engine, ctx, name).await?;
    if expected.is_some_and(|expected| expected != current.version) {
        return Err(Fault::stale_version().into());
    }
    write(engine, ctx, name, definition, Some(current)).await
}

fn taken(name: &str) -> Fault {
    Fault::new(FaultKind::Conflict, "name_taken", format!("there is a job {name} already"))
}

async fn write(
    engine: &Engine,
    ctx: &Ctx,
    name: &str,
    mut definition: Definition,
    before: Option<JobRow>,
) -> Result<JobRow, Error> {
    let document = definition.document.take();
    if let Some(document) = &document {
        let checked = define::checked(engine, ctx.workspace, Some(name.to_owned()), document).await?;
        checked.map_err(define::refusal)?;
        definition.kind = WORKFLOW.to_owned();
    } else if definition.kind == WORKFLOW {
        return Err(Fault::invalid("/steps", "are what a job of this kind is made of").into());
    }
    let kind = engine.kind(&definition.kind, None).await?;
    let now = engine.tools.clock.now();
    let last = store::jobs::last_version(engine.database().reader(), ctx.workspace, name).await?;
    let job = JobRow {
        id: engine.tools.random.uuid(now),
        owner: ctx.actor.user().map(metier_core::Id::uuid),
        name: name.to_owned(),
        version: last + 1,
        description: definition.description,
        kind: definition.kind,
        kind_version: kind.name.version,
        parameters: Value::Object(definition.parameters).to_string(),
        queue: definition.queue,
        priority: definition.priority,
        requires: definition.conditions.required(),
        limits: serde_json::to_string(&definition.conditions.limits).map_err(Fault::internal)?,
        max_attempts: definition.max_attempts,
        timeout_ms: definition.timeout_ms,
        keep_days: definition.keep_days,
        keep_runs: definition.keep_runs,
        created_at: now.micros(),
    };
    submit::check_options(&submission(&job, Vec::new()))?;
    check_name(name)?;
    check_keep(&job)?;
    let is_new = before.is_none();
    let (tools, actor, written) = (engine.tools.clone(), ctx.clone(), job.clone());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            store::jobs::insert(tx, actor.workspace, &written).await?;
            if let Some(document) = document {
                let document = define::parts(&document).to_string();
                store::workflows::documents::insert(tx, written.id, &document).await?;
            }
            let action = if before.is_some() { "jobs.update" } else { "jobs.create" };
            let change = (before.map(|job| job.version), Some(written.version));
            tools.outbox.audit(tx, &actor, action, &written.name, change).await?;
            let kind = if is_new { JOB_CREATED } else { JOB_UPDATED };
            tools.outbox.publish(tx, &actor, told(kind, &written.name, written.version)).await?;
            Ok::<_, DbError>(())
        })
    });
    match write.await {
        Ok(()) => Ok(job),
        Err(DbError::Query(error)) if is_unique_violation(&error) => {
            Err(if is_new { taken(name) } else { Fault::stale_version() }.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn told(kind: &'static str, name: &str, version: i64) -> NewEvent {
    NewEvent::new(TOPIC_JOB, kind, name, json!({ "name": name, "version": version }))
}

fn check_name(name: &str) -> Result<(), Fault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match !name.is_empty() && name.len() <= 100 && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Fault::invalid("/name", "must be 1 to 100 of A-Z a-z 0-9 - _ .")),
    }
}

fn check_keep(job: &JobRow) -> Result<(), Fault> {
    let bounds =
        [("/keep_days", job.keep_days, MOST_KEPT_DAYS), ("/keep_runs", job.keep_runs, MOST_KEPT_RUNS)];
    let wrong = bounds
        .into_iter()
        .filter(|(_, value, most)| value.is_some_and(|value| !(1..=*most).contains(&value)));
    let violations: Vec<Violation> = wrong
        .map(|(field, _, most)| Violation {
            field: field.into(),
            message: format!("must be between 1 and {most}"),
        })
        .collect();
    if violations.is_empty() { Ok(()) } else { Err(Fault::violations(violations)) }
}

/// Ends a job: its name is free again, its runs stay.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn delete(engine: &Engine, ctx: &Ctx, name: &str) -> Result<(), Error> {
    ctx.require(JOBS_WRITE)?;
    let job = get(engine, ctx, name).await?;
    let (tools, actor) = (engine.tools.clone(), ctx.clone());
    let write = engine.database().write(move |tx| {
        Box::pin(async move {
            store::jobs::archive(tx, actor.workspace, &job.name, tools.clock.now()).await?;
            let change = (Some(job.version), None::<i64>);
            tools.outbox.audit(tx, &actor, "jobs.delete", &job.name, change).await?;
            tools.outbox.publish(tx, &actor, told(JOB_DELETED, &job.name, job.version)).await?;
            Ok::<_, DbError>(())
        })
    });
    Ok(write.await?)
}

/// What a run of a job may say for itself.
#[derive(Clone, Debug)]
pub struct Execution {
    /// One task each, laid over the job's parameters; one task with those alone when empty and `None`.
    pub items: Option<Vec<Value>>,
    /// One of the caller's uploads that holds the items, in place of them.
    pub upload: Option<String>,
    /// What becomes of the run when an item is wrong.
    pub on_bad_item: OnBadItem,
    /// What a workflow is given, in place of items.
    pub inputs: Option<Map<String, Value>>,
    /// Not before this moment.
    pub run_at: Option<Timestamp>,
    /// Idempotency key and fingerprint of the request.
    pub key: Option<(String, String)>,
    /// See [`Submission::source`].
    pub source: &'static str,
}

impl Default for Execution {
    fn default() -> Self {
        Self {
            items: None,
            upload: None,
            on_bad_item: OnBadItem::Refuse,
            inputs: None,
            run_at: None,
            key: None,
            source: "api",
        }
    }
}

/// Runs a job in its newest version.
///
/// # Errors
/// As [`get`] and [`submit::submit`].
pub async fn execute(
    engine: &Engine,
    ctx: &Ctx,
    name: &str,
    execution: Execution,
) -> Result<Submitted, Error> {
    let job = get(engine, ctx, name).await?;
    if job.kind == WORKFLOW {
        return execute_workflow(engine, ctx, job, execution).await;
    }
    if execution.inputs.is_some() {
        return Err(Fault::invalid("/inputs", "are for jobs with steps; this one takes items").into());
    }
    let base: Map<String, Value> = serde_json::from_str(&job.parameters).map_err(Fault::internal)?;
    let mut submission = submission(&job, Vec::new());
    (submission.run_at, submission.key) = (execution.run_at, execution.key);
    (submission.source, submission.on_bad_item) = (execution.source, execution.on_bad_item);
    if let Some(upload) = execution.upload {
        return uploads::submit_over(engine, ctx, &upload, (submission, base)).await;
    }
    let items = execution.items.unwrap_or_else(|| vec![Value::Object(Map::new())]);
    submission.items = items.into_iter().map(|item| lay_over(&base, item)).collect();
    submit::submit(engine, ctx, submission).await
}

async fn execute_workflow(
    engine: &Engine,
    ctx: &Ctx,
    job: JobRow,
    execution: Execution,
) -> Result<Submitted, Error> {
    ctx.require(RUNS_SUBMIT)?;
    if execution.upload.is_some() {
        return Err(
            Fault::invalid("/upload", "is for jobs of a kind; this one has steps and takes inputs").into()
        );
    }
    let inputs = match execution.inputs {
        Some(inputs) => inputs,
        None => start::inputs_of(execution.items)?,
    };
    let Execution { run_at, key, source, .. } = execution;
    let run = start::new_run(engine, ctx, Start { job, inputs, run_at, source, depth: 0 }).await?;
    submit::commit(engine, ctx, run, key).await
}

/// The document of a job's version, if it has steps.
///
/// # Errors
/// A database failure.
pub async fn document(engine: &Engine, job: &JobRow) -> Result<Option<Value>, Error> {
    if job.kind != WORKFLOW {
        return Ok(None);
    }
    let text = store::workflows::documents::find(engine.database().reader(), job.id).await?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose().map_err(Fault::internal)?)
}

/// The steps of a job in its newest version, understood.
///
/// # Errors
/// `permission_denied`, `not_found`, `no_workflow`, or a database failure.
pub async fn workflow(engine: &Engine, ctx: &Ctx, name: &str) -> Result<Arc<Document>, Error> {
    let job = get(engine, ctx, name).await?;
    if job.kind != WORKFLOW {
        let message = format!("the job {name} has no steps");
        return Err(Fault::new(FaultKind::Conflict, "no_workflow", message).into());
    }
    engine.documents.get(engine.database().reader(), job.id).await
}

/// An item that is no object stands alone.
pub(super) fn lay_over(base: &Map<String, Value>, item: Value) -> Value {
    match item {
        Value::Object(own) => {
            let mut whole = base.clone();
            whole.extend(own);
            Value::Object(whole)
        }
        other => other,
    }
}

fn submission(job: &JobRow, items: Vec<Value>) -> Submission {
    Submission {
        kind: job.kind.clone(),
        kind_version: Some(job.kind_version),
        items,
        on_bad_item: OnBadItem::Refuse,
        queue: Some(job.queue.clone()),
        priority: job.priority,
        conditions: job.conditions(),
        run_at: None,
        max_attempts: job.max_attempts,
        timeout: job.timeout_ms.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0))),
        key: None,
        source: "api",
        job: Some(job.id),
    }
}
