//! The facts the job engine publishes, as far as other services act on them.

use metier_core::RunId;
use serde::{Deserialize, Serialize};

/// Events about runs; the subject is the id of the first.
pub const TOPIC_RUN: &str = "run";
/// Runs were submitted in one transaction.
pub const RUN_SUBMITTED: &str = "run.submitted";
/// Runs ended in one transaction. Data: [`RunsEnded`].
pub const RUN_ENDED: &str = "run.ended";

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
