//! The types of the schema.

use async_graphql::{ID, InputObject, SimpleObject};
use metier_core::{RunId, Timestamp};
use metier_graphql::{DateTime, Whole};
use serde_json::Value;

use super::names::{name_of, status_of};
use crate::{
    domain::{counts::Counts, kind::Kind, state::TaskState},
    ops::runs::RunView,
    store::runs::RunRow,
};

/// A kind of work.
#[derive(SimpleObject)]
pub(super) struct JobMetadataModel {
    /// What `executeJob` calls it.
    name: String,
    /// What it does.
    description: String,
    /// Our own name for it, which is good too.
    kind: String,
    /// JSON Schema of one item.
    parameter_schema: Value,
}

impl From<&Kind> for JobMetadataModel {
    fn from(kind: &Kind) -> Self {
        Self {
            name: name_of(&kind.name.name).to_owned(),
            description: kind.description.clone(),
            kind: kind.name.name.clone(),
            parameter_schema: kind.parameter_schema.clone(),
        }
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq, SimpleObject)]
pub(super) struct JobStatusModel {
    /// Its number.
    id: Whole,
    /// What `executeJob` called it.
    name: String,
    /// How many items it has.
    size: Whole,
    /// How many of them are done.
    completed: Whole,
    /// `IN_PROGRESS`, `COMPLETED` or `FAILED`.
    status: String,
    /// When it was submitted.
    started_at: DateTime,
    /// When it ended.
    ended_at: Option<DateTime>,
    /// Its id in our own API.
    run_id: ID,
    /// Exactly: `queued`, `running`, `waiting`, `cancelling`, `succeeded`, `partial`, `failed`, `timed_out` or
    /// `cancelled`.
    state: String,
    /// How many items failed or took too long.
    failed: Whole,
    /// How many were cancelled.
    cancelled: Whole,
    /// How many are worked on now.
    running: Whole,
    /// Why it waits or why it failed, in one sentence; in lists only of those that ended.
    reason: Option<String>,
}

impl JobStatusModel {
    /// Whether nothing more will come.
    pub(super) fn has_ended(&self) -> bool {
        self.ended_at.is_some()
    }
}

impl From<RunRow> for JobStatusModel {
    fn from(row: RunRow) -> Self {
        let (counts, state): (Counts, _) = (row.counts(), row.run_state());
        let moment = |micros| DateTime(Timestamp::from_micros(micros));
        let sum = |states: &[TaskState]| Whole(states.iter().map(|state| counts.of(*state)).sum());
        Self {
            id: Whole(row.number),
            name: name_of(&row.kind_name).to_owned(),
            size: Whole(row.size),
            completed: sum(&[TaskState::Succeeded, TaskState::Skipped]),
            status: status_of(state).to_owned(),
            started_at: moment(row.created_at),
            ended_at: row.ended_at.map(moment),
            run_id: RunId::from_uuid(row.id).to_string().into(),
            state: row.state,
            failed: sum(&[TaskState::Failed, TaskState::TimedOut]),
            cancelled: sum(&[TaskState::Cancelled]),
            running: sum(&[TaskState::Running]),
            reason: row.reason,
        }
    }
}

impl From<RunView> for JobStatusModel {
    fn from(view: RunView) -> Self {
        Self { reason: view.reason, ..Self::from(view.row) }
    }
}

/// What is to be run.
#[derive(InputObject)]
pub(super) struct ExecuteJobInput {
    /// A kind: `Fibonacci`, `LoadProducts`, or any by our own name.
    pub(super) name: String,
    /// One item, an array of items, or `{"fileName": ...}` with the name or id of an upload.
    pub(super) data: Value,
}
