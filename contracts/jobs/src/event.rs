//! The facts the job engine publishes, as far as other services act on them.

use metier_core::RunId;
use serde::{Deserialize, Serialize};

/// Events about runs; the subject is the id of the first.
pub const TOPIC_RUN: &str = "run";
/// Runs were submitted in one transaction.
pub const RUN_SUBMITTED: &str = "run.submitted";
/// The first task of each of these runs was claimed, all in one transaction.
pub const RUN_STARTED: &str = "run.started";
/// The tasks of a run that did not succeed are in line again, under a new epoch.
pub const RUN_REPLAYED: &str = "run.replayed";
/// Runs ended in one transaction. Data: [`RunsEnded`].
pub const RUN_ENDED: &str = "run.ended";

/// Events about queues; the subject is the queue's name.
pub const TOPIC_QUEUE: &str = "queue";
/// Nothing more is handed out from a queue. Data: its name.
pub const QUEUE_PAUSED: &str = "queue.paused";
/// A paused queue goes on. Data: its name.
pub const QUEUE_RESUMED: &str = "queue.resumed";

/// Events about jobs; the subject is the job's name.
pub const TOPIC_JOB: &str = "job";
/// A job was defined. Data: name and version.
pub const JOB_CREATED: &str = "job.created";
/// A job got another version. Data: name and version.
pub const JOB_UPDATED: &str = "job.updated";
/// A job's name is free again; its runs stay. Data: name and last version.
pub const JOB_DELETED: &str = "job.deleted";

/// What the end of runs tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunsEnded {
    /// Each of them.
    pub runs: Vec<RunEnded>,
}

/// How a run ended. The event tells more than this of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Which.
    pub id: RunId,
    /// `succeeded`, `partial`, `failed`, `timed_out` or `cancelled`.
    pub state: String,
}
