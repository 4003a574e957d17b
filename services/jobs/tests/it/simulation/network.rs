//! What is under way between workers, people and the engine. It may arrive in any order, twice, or never.

use std::time::Duration;

use metier_core::RunId;
use metier_jobs::{domain::outcome::Outcome, ops::work::Stop, store::ready::QueuedTask};
use uuid::Uuid;

use super::limits::Key;

/// A run as somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub key: usize,
    pub owner: usize,
    /// Whether its tasks need a capability that not every worker has.
    pub special: bool,
    /// The key that its tasks carry, of which only some run at a time, or begin in a while.
    pub key_limit: Option<Key>,
    pub items: usize,
    pub queue: &'static str,
    pub priority: i64,
    pub delay: Option<Duration>,
    pub max_attempts: i64,
    pub timeout: Duration,
}

/// An outcome on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub lease: Uuid,
    pub task: i64,
    pub outcome: Outcome,
}

/// One life of a worker: answers to a former life reach nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub worker: usize,
    pub number: usize,
}

/// To the engine.
#[derive(Clone, Debug)]
pub enum Request {
    Submit(Wanted),
    Cancel(RunId),
    Replay(RunId),
    Pause(&'static str),
    Resume(&'static str),
    Claim { from: Life, limit: usize, reports: Vec<Report> },
    Complete { from: Life, reports: Vec<Report> },
    Heartbeat { from: Life, lease: Uuid },
}

/// Back to a worker.
#[derive(Clone, Debug)]
pub enum Answer {
    Claimed { tasks: Vec<(Uuid, QueuedTask)>, reported: Vec<Report> },
    Completed { reported: Vec<Report> },
    Heard { lease: Uuid, stops: Option<Vec<Stop>> },
}

#[derive(Clone, Debug)]
pub enum Message {
    Request(Request),
    Answer(Life, Answer),
}
