//! A run as JSON.

use metier_core::{RunId, Timestamp};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain::{explain, state::TaskState},
    ops::runs::RunView,
    store::runs::RunRow,
};

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct Run {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Counts the runs of this installation; gaps are possible.
    #[schema(example = 1042)]
    number: i64,
    /// `queued`, `running`, `waiting`, `cancelling`, `succeeded`, `partial`, `failed`, `timed_out` or `cancelled`.
    #[schema(example = "running")]
    state: String,
    /// Why it waits or why it failed, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What it waits for, when it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits: Option<Waits>,
    /// What its tasks do.
    kind: KindRef,
    /// The queue it is in.
    #[schema(example = "default")]
    queue: String,
    /// Higher goes first.
    priority: i64,
    /// Capabilities a worker needs for its tasks.
    requires: Vec<String>,
    /// The key whose limit its tasks are under.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "board:eures")]
    limited_by: Option<String>,
    /// The user whose run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    owner: Option<String>,
    /// Who submitted it.
    #[schema(value_type = Object)]
    actor: Value,
    /// What started it: `manual`, `api`, `schedule`, `event` or `workflow`.
    trigger: String,
    /// One id through every log line, event and audit entry.
    correlation_id: String,
    /// Counts replays, from 1.
    epoch: i64,
    /// How many tasks it has.
    size: i64,
    /// Its tasks by state.
    tasks: TaskCounts,
    /// Items that were wrong and left out, beside its tasks.
    bad_items: i64,
    /// Attempts each task has.
    max_attempts: i64,
    /// Longest attempt, milliseconds.
    timeout_ms: i64,
    /// It starts no earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    run_at: Option<Timestamp>,
    /// When it was submitted.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When its first task was claimed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    ended_at: Option<Timestamp>,
}

/// What a run waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Waits {
    /// `paused`, `delayed`, `no_worker`, `limit_full`, `rate`, `line`, `dependency` or `stopping`.
    #[schema(example = "limit_full")]
    cause: String,
    /// When it would start, as far as that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    starts_at: Option<Timestamp>,
    /// What would start it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "the limit of key board:eures is raised to 3")]
    starts_now_if: Option<String>,
}

impl From<explain::Waits> for Waits {
    fn from(waits: explain::Waits) -> Self {
        let explain::Waits { cause, starts_at, starts_now_if, .. } = waits;
        Self { cause: cause.to_owned(), starts_at, starts_now_if }
    }
}

/// A kind by name and version.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindRef {
    /// Its name.
    #[schema(example = "fibonacci")]
    pub name: String,
    /// Its version.
    #[schema(example = 1)]
    pub version: i64,
}

/// Tasks by state.
#[derive(Debug, Serialize, ToSchema)]
struct TaskCounts {
    waiting: i64,
    ready: i64,
    running: i64,
    succeeded: i64,
    failed: i64,
    timed_out: i64,
    cancelled: i64,
    skipped: i64,
}

impl Run {
    /// Where it is found.
    pub fn location(&self) -> String {
        format!("/api/v1/runs/{}", self.id)
    }
}

impl From<RunView> for Run {
    fn from(view: RunView) -> Self {
        Self { reason: view.reason, waits: view.waits.map(Waits::from), ..Self::from(view.row) }
    }
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        let counts = row.counts();
        Self {
            id: RunId::from_uuid(row.id).to_string(),
            number: row.number,
            reason: row.reason,
            waits: None,
            kind: KindRef { name: row.kind_name, version: row.kind_version },
            queue: row.queue,
            priority: row.priority,
            requires: serde_json::from_str(&row.requires).unwrap_or_default(),
            limited_by: row.limited_by,
            owner: row.owner.map(|owner| owner.to_string()),
            actor: serde_json::from_str(&row.actor).unwrap_or(Value::Null),
            trigger: row.source,
            correlation_id: row.correlation,
            epoch: row.epoch,
            size: row.size,
            tasks: TaskCounts {
                waiting: counts.of(TaskState::Waiting),
                ready: counts.of(TaskState::Ready),
                running: counts.of(TaskState::Running),
                succeeded: counts.of(TaskState::Succeeded),
                failed: counts.of(TaskState::Failed),
                timed_out: counts.of(TaskState::TimedOut),
                cancelled: counts.of(TaskState::Cancelled),
                skipped: counts.of(TaskState::Skipped),
            },
            bad_items: row.bad_items,
            state: row.state,
            max_attempts: row.max_attempts,
            timeout_ms: row.timeout_ms,
            run_at: row.run_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            started_at: row.started_at.map(Timestamp::from_micros),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        }
    }
}
