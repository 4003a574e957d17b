//! The facts the scheduler publishes.

use metier_core::{RunId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ScheduleId;

/// Events about schedules; the subject is the schedule's id.
pub const TOPIC_SCHEDULE: &str = "schedule";

/// A schedule was made. Data: [`ScheduleEvent`].
pub const SCHEDULE_CREATED: &str = "schedule.created";
/// A schedule was changed. Data: [`ScheduleEvent`].
pub const SCHEDULE_UPDATED: &str = "schedule.updated";
/// A schedule was deleted; its runs stay. Data: [`ScheduleEvent`].
pub const SCHEDULE_DELETED: &str = "schedule.deleted";
/// A schedule starts nothing until it is resumed. Data: [`ScheduleEvent`].
pub const SCHEDULE_PAUSED: &str = "schedule.paused";
/// A paused schedule goes on. Data: [`ScheduleEvent`].
pub const SCHEDULE_RESUMED: &str = "schedule.resumed";
/// A schedule started a run. Data: [`TriggeredEvent`].
pub const SCHEDULE_TRIGGERED: &str = "schedule.triggered";
/// Times of a schedule passed while nobody looked. Data: [`MissedEvent`].
pub const SCHEDULE_MISSED: &str = "schedule.missed";

/// What an event about a schedule tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleEvent {
    /// Which.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: String,
}

/// What the start of a run tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggeredEvent {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: String,
    /// For which moment.
    pub scheduled_for: Timestamp,
    /// What made it start: `scheduler` or `manual`.
    pub source: String,
    /// The run.
    pub run_id: RunId,
    /// Its number.
    pub run_number: i64,
}

/// What missed times tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedEvent {
    /// Which schedule.
    pub schedule_id: ScheduleId,
    /// Its name.
    pub name: String,
    /// How many times passed; a lower bound when `more` is set.
    pub missed: usize,
    /// Whether there were more than were looked at.
    pub more: bool,
    /// How many of them still start a run.
    pub started: usize,
}
