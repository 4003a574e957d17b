//! Schedules as JSON.

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::domain::{
    schedule::{Definition, Missed, Overlap, Schedule},
    target::Target,
    trigger::Trigger,
};

/// What somebody decides about a schedule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSchedule)]
pub(super) struct NewScheduleBody {
    /// Its name, unique in the workspace: 1 to 100 of `A-Z a-z 0-9 - _ .`.
    #[schema(example = "nightly")]
    pub(super) name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(example = "every night at two")]
    description: String,
    /// What it starts: `{"job": "name"}`, or a kind with `parameters` or `items`, `queue` and `priority`.
    #[schema(value_type = Object, example = json!({"kind": "fibonacci", "parameters": {"iterations": 100}}))]
    start: Target,
    /// When: `{"type": "once", "at": ...}`, `{"type": "every", "interval": "6h", "anchor": ...}` or
    /// `{"type": "cron", "expression": "0 2 * * *", "zone": "Europe/Stockholm"}`.
    #[schema(value_type = Object, example = json!({"type": "cron", "expression": "0 2 * * *", "zone": "Europe/Stockholm"}))]
    trigger: Trigger,
    /// Names of calendars that hold it back.
    #[serde(default)]
    #[schema(example = json!([]))]
    calendars: Vec<String>,
    /// Each time is moved later by up to this many seconds, always the same for the same time.
    #[serde(default)]
    #[schema(example = 0)]
    jitter_seconds: u64,
    /// Nothing starts before.
    #[schema(value_type = Option<String>, format = "date-time")]
    start_at: Option<Timestamp>,
    /// Nothing starts after.
    #[schema(value_type = Option<String>, format = "date-time")]
    end_at: Option<Timestamp>,
    /// It ends after so many runs.
    #[schema(example = 1000)]
    max_runs: Option<i64>,
    /// What to do with times that passed while nobody looked: `skip`, `one` or `all`.
    #[serde(default)]
    #[schema(value_type = String, example = "skip")]
    missed: Missed,
    /// What to do when the run before has not ended: `allow`, `skip`, `queue` or `cancel_previous`.
    #[serde(default)]
    #[schema(value_type = String, example = "allow")]
    overlap: Overlap,
}

impl From<NewScheduleBody> for Definition {
    fn from(body: NewScheduleBody) -> Self {
        Self {
            description: body.description,
            start: body.start,
            trigger: body.trigger,
            calendars: body.calendars,
            jitter_seconds: body.jitter_seconds,
            start_at: body.start_at,
            end_at: body.end_at,
            max_runs: body.max_runs,
            missed: body.missed,
            overlap: body.overlap,
        }
    }
}

/// A schedule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(super) struct ScheduleBody {
    /// Its id.
    #[schema(format = "uuid")]
    pub(super) id: String,
    /// Its name.
    #[schema(example = "nightly")]
    name: String,
    /// `active`, `paused`, or `ended` when no time lies ahead.
    #[schema(example = "active")]
    state: &'static str,
    /// What it is for.
    description: String,
    /// What it starts.
    #[schema(value_type = Object)]
    start: Value,
    /// When.
    #[schema(value_type = Object)]
    trigger: Value,
    /// Names of calendars that hold it back.
    calendars: Vec<String>,
    /// Each time is moved later by up to this many seconds.
    jitter_seconds: u64,
    /// Nothing starts before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    start_at: Option<Timestamp>,
    /// Nothing starts after.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    end_at: Option<Timestamp>,
    /// It ends after so many runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_runs: Option<i64>,
    /// What is done with times that passed while nobody looked.
    #[schema(value_type = String)]
    missed: Missed,
    /// What is done when the run before has not ended.
    #[schema(value_type = String)]
    overlap: Overlap,
    /// Whose it is; nobody's when a service declared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    owner: Option<String>,
    /// For whom its runs are: who saved it last.
    #[schema(value_type = Object)]
    actor: Value,
    /// How many runs it started or is about to.
    fired: i64,
    /// Its next time, before jitter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    next_at: Option<Timestamp>,
    /// Since when it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    paused_at: Option<Timestamp>,
    /// Counts changes, from 1.
    version: i64,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = "date-time")]
    updated_at: Timestamp,
}

impl From<Schedule> for ScheduleBody {
    fn from(schedule: Schedule) -> Self {
        let state = match (schedule.paused_at, schedule.next_at) {
            (Some(_), _) => "paused",
            (None, Some(_)) => "active",
            (None, None) => "ended",
        };
        let definition = schedule.definition;
        Self {
            id: schedule.id.to_string(),
            name: schedule.name,
            state,
            description: definition.description,
            start: json!(definition.start),
            trigger: json!(definition.trigger),
            calendars: definition.calendars,
            jitter_seconds: definition.jitter_seconds,
            start_at: definition.start_at,
            end_at: definition.end_at,
            max_runs: definition.max_runs,
            missed: definition.missed,
            overlap: definition.overlap,
            owner: schedule.owner.map(|owner| owner.to_string()),
            actor: json!(schedule.actor),
            fired: schedule.fired,
            next_at: schedule.next_at,
            paused_at: schedule.paused_at,
            version: schedule.version,
            created_at: schedule.created_at,
            updated_at: schedule.updated_at,
        }
    }
}
