//! `/api/v1/jobs`: named, versioned definitions of work.

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, NoContent, PageBody, PageQuery, Path, Problem, Tagged,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::runs::{KindRef, Run};
use crate::{
    domain::{bad_items::OnBadItem, conditions::Conditions},
    http::limits::KeyLimit,
    ops::{
        Engine,
        jobs::{self, Definition, Execution},
        runs,
    },
    store::jobs::JobRow,
};

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub struct Job {
    /// Names this version.
    #[schema(format = "uuid")]
    id: String,
    /// Its name, unique in its workspace.
    #[schema(example = "nightly-fibonacci")]
    name: String,
    /// From 1; each change is a new one.
    version: i64,
    /// What it does.
    description: String,
    /// What its tasks do.
    kind: KindRef,
    /// Parameters that every item starts from.
    #[schema(value_type = Object)]
    parameters: Value,
    /// The queue its runs go to.
    queue: String,
    /// Higher goes first.
    priority: i64,
    /// Capabilities a worker needs for its tasks.
    requires: Vec<String>,
    /// The key whose limit its tasks are under.
    limits: Vec<KeyLimit>,
    /// Attempts per task, when it is not the kind's.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<i64>,
    /// Longest attempt, milliseconds, when it is not the kind's.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<i64>,
    /// Its ended runs stay so many days, when that is not the installation's `jobs.keep_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_days: Option<i64>,
    /// So many of its ended runs stay, when there is a bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    keep_runs: Option<i64>,
    /// When this version was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// Its inputs, steps and outputs, if it is made of steps; absent in lists.
    #[serde(flatten)]
    #[schema(value_type = Parts)]
    document: Map<String, Value>,
}

/// What a job is made of that has steps. Its form is at `/api/v1/workflows/schema`.
#[derive(Debug, Default, Deserialize, Serialize, ToSchema)]
pub struct Parts {
    /// What a run is given: a JSON Schema for each.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    inputs: Option<Value>,
    /// Its steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    steps: Option<Value>,
    /// Steps done when one of the steps did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    on_failure: Option<Value>,
    /// Steps done at the end, whatever happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    finally: Option<Value>,
    /// What a run gives: values with references.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    outputs: Option<Value>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let Conditions { requires, limits } = row.conditions();
        Self {
            document: Map::new(),
            id: row.id.to_string(),
            name: row.name,
            version: row.version,
            description: row.description,
            kind: KindRef { name: row.kind, version: row.kind_version },
            parameters: serde_json::from_str(&row.parameters).unwrap_or(Value::Null),
            queue: row.queue,
            priority: row.priority,
            requires,
            limits: limits.into_iter().map(Into::into).collect(),
            max_attempts: row.max_attempts,
            timeout_ms: row.timeout_ms,
            keep_days: row.keep_days,
            keep_runs: row.keep_runs,
            created_at: Timestamp::from_micros(row.created_at),
        }
    }
}

/// What a job is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobDefinition {
    /// Its name, unique in its workspace: 1 to 100 of `A-Z a-z 0-9 - _ .`. Required to create; never changes.
    #[schema(example = "nightly-fibonacci")]
    name: Option<String>,
    /// What it does.
    #[serde(default)]
    description: String,
    /// Name of a registered kind, or else `steps`.
    #[schema(example = "fibonacci")]
    kind: Option<String>,
    /// Parameters that every item starts from.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"iterations": 100}))]
    parameters: Map<String, Value>,
    /// With steps, what a run is given: a JSON Schema for each.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Value>,
    /// Its steps, in place of a kind. Their form is at `/api/v1/workflows/schema`.
    #[schema(value_type = Option<Vec<Object>>)]
    steps: Option<Value>,
    /// Steps done when one of the steps did not succeed.
    #[schema(value_type = Option<Vec<Object>>)]
    on_failure: Option<Value>,
    /// Steps done at the end, whatever happened.
    #[schema(value_type = Option<Vec<Object>>)]
    finally: Option<Value>,
    /// What a run of steps gives: values with references.
    #[schema(value_type = Option<Object>)]
    outputs: Option<Value>,
    /// The queue its runs go to.
    #[serde(default = "default_queue")]
    queue: String,
    /// -100 to 100; higher goes first.
    #[serde(default)]
    priority: i64,
    /// Capabilities a worker needs for its tasks, at most 16 words such as `gpu`.
    #[serde(default)]
    requires: Vec<String>,
    /// A key whose limit its tasks are under; one at most.
    #[serde(default)]
    limits: Vec<KeyLimit>,
    /// Attempts per task; the kind's when absent.
    max_attempts: Option<i64>,
    /// Longest attempt, milliseconds; the kind's when absent.
    timeout_ms: Option<i64>,
    /// Its ended runs stay at most so many days; `jobs.keep_days` of the installation when absent.
    keep_days: Option<i64>,
    /// At most so many of its ended runs stay, the newest; no bound when absent.
    keep_runs: Option<i64>,
}

fn default_queue() -> String {
    "default".to_owned()
}

impl JobDefinition {
    /// The parts that make up its document, if it has any.
    fn document(&mut self) -> Option<Value> {
        let parts = [
            ("inputs", self.inputs.take()),
            ("steps", self.steps.take()),
            ("on_failure", self.on_failure.take()),
            ("finally", self.finally.take()),
            ("outputs", self.outputs.take()),
        ];
        let parts: Map<String, Value> =
            parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?))).collect();
        (!parts.is_empty()).then_some(Value::Object(parts))
    }

    fn into_definition(mut self) -> Result<Definition, Fault> {
        let document = self.document();
        let has_own = !self.parameters.is_empty()
            || !self.requires.is_empty()
            || !self.limits.is_empty()
            || self.max_attempts.is_some()
            || self.timeout_ms.is_some();
        match (&self.kind, &document) {
            (None, None) => return Err(Fault::invalid("/kind", "a job has a kind, or steps")),
            (Some(_), Some(_)) => return Err(Fault::invalid("/kind", "a job has a kind or steps, not both")),
            (None, Some(_)) if has_own => {
                return Err(Fault::invalid(
                    "/parameters",
                    "parameters, attempts, timeouts, requirements and limits are those of each step",
                ));
            }
            _ => {}
        }
        Ok(Definition {
            description: self.description,
            kind: self.kind.unwrap_or_default(),
            parameters: self.parameters,
            queue: self.queue,
            priority: self.priority,
            conditions: Conditions {
                requires: self.requires,
                limits: self.limits.into_iter().map(Into::into).collect(),
            },
            max_attempts: self.max_attempts,
            timeout_ms: self.timeout_ms,
            keep_days: self.keep_days,
            keep_runs: self.keep_runs,
            document,
        })
    }
}

/// List jobs in their newest versions.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", security(("bearer" = ["jobs:read"])), params(PageQuery), responses((status = 200, body = PageBody<Job>)))]
pub async fn list(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<Job>>, Problem> {
    Ok(Json(jobs::list(&engine, &ctx, &page).await.map_err(Fault::from)?.into()))
}

/// Define a job.
#[utoipa::path(
    post, path = "/api/v1/jobs", tag = "jobs", security(("bearer" = ["jobs:write"])), request_body = JobDefinition,
    responses((status = 201, body = Job), (status = 409, description = "name_taken"))
)]
pub async fn create(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Json(mut definition): Json<JobDefinition>,
) -> Result<Created<Job>, Problem> {
    let name = definition.name.take().ok_or_else(|| Fault::invalid("/name", "is required"))?;
    let job = jobs::create(&engine, &ctx, &name, definition.into_definition()?).await.map_err(Fault::from)?;
    let (location, tag) = (format!("/api/v1/jobs/{}", job.name), Some(ETag::version(job.version)));
    Ok(Created { location, tag, body: whole(&engine, job).await?.body })
}

/// One job in its newest version.
#[utoipa::path(
    get, path = "/api/v1/jobs/{job}", tag = "jobs", security(("bearer" = ["jobs:read"])), params(("job" = String, Path, description = "Name")),
    responses((status = 200, body = Job))
)]
pub async fn get(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Tagged<Job>, Problem> {
    Ok(whole(&engine, jobs::get(&engine, &ctx, &name).await.map_err(Fault::from)?).await?)
}

/// A job with its steps, if it has any.
async fn whole(engine: &Engine, job: JobRow) -> Result<Tagged<Job>, Fault> {
    let document = match jobs::document(engine, &job).await? {
        Some(Value::Object(document)) => document,
        _ => Map::new(),
    };
    Ok(Tagged { tag: ETag::version(job.version), body: Job { document, ..job.into() } })
}

/// Define the next version of a job, unless somebody else did since.
#[utoipa::path(
    put, path = "/api/v1/jobs/{job}", tag = "jobs", security(("bearer" = ["jobs:write"])), request_body = JobDefinition,
    params(("job" = String, Path, description = "Name"), ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = Job), (status = 412, description = "`stale_version`"))
)]
pub async fn update(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    condition: IfMatch,
    Json(definition): Json<JobDefinition>,
) -> Result<Tagged<Job>, Problem> {
    if definition.name.as_ref().is_some_and(|new| *new != name) {
        return Err(Fault::invalid("/name", "never changes; define another job").into());
    }
    let expected = condition.version()?;
    let definition = definition.into_definition()?;
    let job = jobs::update(&engine, &ctx, (&name, expected), definition).await.map_err(Fault::from)?;
    Ok(whole(&engine, job).await?)
}

/// End a job. Its name is free again, its runs stay.
#[utoipa::path(
    delete, path = "/api/v1/jobs/{job}", tag = "jobs", security(("bearer" = ["jobs:write"])), params(("job" = String, Path, description = "Name")),
    responses((status = 204, description = "Gone"))
)]
pub async fn delete(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<NoContent, Problem> {
    jobs::delete(&engine, &ctx, &name).await.map_err(Fault::from)?;
    Ok(NoContent)
}

/// A run of a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExecution {
    /// One task each, laid over the job's parameters; one task with those alone when absent.
    #[schema(value_type = Option<Vec<Object>>)]
    items: Option<Vec<Value>>,
    /// Name or id of one of one's uploads, which holds the items in place of them.
    upload: Option<String>,
    /// When an item is wrong: `refuse` the run, or `skip` the item.
    #[serde(default)]
    #[schema(value_type = String, default = "refuse", example = "skip")]
    on_bad_item: OnBadItem,
    /// What a job with steps is given, in place of items.
    #[schema(value_type = Option<Object>)]
    inputs: Option<Map<String, Value>>,
    /// Not before this moment.
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
}

/// Run a job in its newest version.
#[utoipa::path(
    post, path = "/api/v1/jobs/{job}/runs", tag = "jobs", security(("bearer" = ["jobs:read", "runs:submit"])), request_body = NewExecution,
    params(("job" = String, Path, description = "Name"),
        ("Idempotency-Key" = Option<String>, Header, description = "Submitting twice under one key submits once")),
    responses((status = 201, body = Run))
)]
pub async fn execute(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    request: Idempotent<NewExecution>,
) -> Result<Created<Run>, Problem> {
    let fingerprint = request.fingerprint.to_string();
    let key = request.key.map(|key| (key.as_str().to_owned(), fingerprint));
    let NewExecution { items, upload, on_bad_item, inputs, run_at } = request.body;
    if [items.is_some(), upload.is_some(), inputs.is_some()].into_iter().filter(|given| *given).count() > 1 {
        return Err(Fault::invalid("/items", "a run is given items, an upload or inputs: one of them").into());
    }
    let execution = Execution { items, upload, on_bad_item, inputs, run_at, key, source: "api" };
    let submitted = jobs::execute(&engine, &ctx, &name, execution).await.map_err(Fault::from)?;
    let run = Run::from(runs::submitted(&engine, &ctx, submitted.number).await.map_err(Fault::from)?);
    Ok(Created { location: run.location(), tag: None, body: run })
}
