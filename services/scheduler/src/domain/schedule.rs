//! A schedule: what to start, when, and what happens when it cannot.

use std::time::Duration;

use metier_contract_scheduler::ScheduleId;
use metier_core::{Actor, Ctx, Fault, Grants, Timestamp, UserId, Violation, WorkspaceId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    target::Target,
    trigger::{Beat, Trigger},
};

/// Longest description.
const MAX_DESCRIPTION: usize = 2_000;
/// Most calendars of a schedule.
const MAX_CALENDARS: usize = 10;
/// Longest jitter: a day.
const MAX_JITTER: u64 = 24 * 60 * 60;
/// Names that are parts of paths.
const RESERVED: &str = "preview";

/// What to do with times that passed while nobody looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// They are gone.
    #[default]
    Skip,
    /// The latest of them starts a run.
    One,
    /// Each of them starts a run, up to a limit.
    All,
}

/// What to do when the run before has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// Start all the same.
    #[default]
    Allow,
    /// Start nothing.
    Skip,
    /// Start when it has ended.
    Queue,
    /// Cancel it, and start.
    CancelPrevious,
}

/// What somebody decides about a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// What it starts.
    pub start: Target,
    /// When.
    pub trigger: Trigger,
    /// Names of calendars that hold it back.
    #[serde(default)]
    pub calendars: Vec<String>,
    /// Each time is moved later by up to this many seconds, always the same for the same time.
    #[serde(default)]
    pub jitter_seconds: u64,
    /// Nothing starts before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// Nothing starts after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_at: Option<Timestamp>,
    /// It ends after so many runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_runs: Option<i64>,
    /// What to do with times that passed while nobody looked.
    #[serde(default)]
    pub missed: Missed,
    /// What to do when the run before has not ended.
    #[serde(default)]
    pub overlap: Overlap,
}

/// A schedule as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Which.
    pub id: ScheduleId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose; nobody's when a service declared it.
    pub owner: Option<UserId>,
    /// Unique in its workspace.
    pub name: String,
    /// What was decided.
    pub definition: Definition,
    /// For whom its runs are: who saved it last.
    pub actor: Actor,
    /// What they were allowed then.
    pub grants: Grants,
    /// How many runs it started or is about to.
    pub fired: i64,
    /// The next time, before jitter; nothing when it is paused or has ended.
    pub next_at: Option<Timestamp>,
    /// Since when it starts nothing.
    pub paused_at: Option<Timestamp>,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// Whether a text can name a job, kind, queue, schedule or calendar.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(plain)
}

impl Definition {
    /// Checks all of it.
    ///
    /// # Errors
    /// `invalid_parameters` naming every field at fault.
    pub fn check(&self, name: &str, now: Timestamp) -> Result<(), Fault> {
        let mut wrong = self.start.check();
        let mut demand = |holds: bool, field: &str, message: &str| {
            if !holds {
                wrong.push(Violation { field: field.to_owned(), message: message.to_owned() });
            }
        };
        demand(is_name(name), "/name", "must be 1 to 100 of A-Z a-z 0-9 - _ .");
        demand(name != RESERVED, "/name", "must not be preview");
        let described = self.description.chars().count();
        demand(described <= MAX_DESCRIPTION, "/description", "must have at most 2000 characters");
        demand(self.calendars.len() <= MAX_CALENDARS, "/calendars", "must be at most 10");
        demand(self.jitter_seconds <= MAX_JITTER, "/jitter_seconds", "must be at most 86400");
        demand(self.max_runs.is_none_or(|runs| runs > 0), "/max_runs", "must be at least 1");
        let ordered = self.start_at.zip(self.end_at).is_none_or(|(start, end)| start <= end);
        demand(ordered, "/end_at", "must not be before start_at");
        match self.trigger.read(now) {
            Err(violation) => wrong.push(violation),
            Ok(beat) if wrong.is_empty() => wrong.extend(self.never_fires(&beat, now)),
            Ok(_) => {}
        }
        if wrong.is_empty() { Ok(()) } else { Err(Fault::violations(wrong)) }
    }

    fn never_fires(&self, beat: &Beat, now: Timestamp) -> Option<Violation> {
        let message = "never fires from now on: no such time lies ahead, or not within start_at and end_at";
        let never = || Violation { field: "/trigger".to_owned(), message: message.to_owned() };
        self.next(beat, now).is_none().then(never)
    }

    /// The first time after this one within start and end, before jitter.
    pub fn next(&self, beat: &Beat, after: Timestamp) -> Option<Timestamp> {
        let before_start = self.start_at.map(|start| start.minus(Duration::from_micros(1)));
        let next = beat.next(before_start.map_or(after, |start| start.max(after)))?;
        (self.end_at.is_none_or(|end| next <= end)).then_some(next)
    }
}

impl Schedule {
    /// How much later than `at` it fires: by chance, but always the same for the same schedule and time.
    pub fn jitter(&self, at: Timestamp) -> Duration {
        let limit = self.definition.jitter_seconds.saturating_mul(1_000);
        let hash =
            Sha256::new().chain_update(self.id.uuid()).chain_update(at.micros().to_be_bytes()).finalize();
        let chance = hash.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        Duration::from_millis(chance % limit.saturating_add(1))
    }

    /// When it is due: its next time with jitter.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next_at.map(|at| at.plus(self.jitter(at)))
    }

    /// Whether it starts nothing any more by itself.
    pub fn has_ended(&self) -> bool {
        self.paused_at.is_none() && self.next_at.is_none()
    }

    /// Whether it may start another run.
    pub fn has_runs_left(&self) -> bool {
        self.definition.max_runs.is_none_or(|limit| self.fired < limit)
    }

    /// For whom its runs are submitted.
    pub fn author(&self) -> Author {
        Author { actor: self.actor.clone(), grants: self.grants.clone() }
    }
}

/// In whose name a run is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub actor: Actor,
    /// What they may do.
    pub grants: Grants,
}

impl Author {
    /// The one who asks.
    pub fn of(ctx: &Ctx) -> Self {
        Self { actor: ctx.actor.clone(), grants: ctx.grants.as_ref().clone() }
    }
}
