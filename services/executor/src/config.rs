//! The section `[executor]`.

use serde::{Deserialize, Serialize};

/// How the executor works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Tasks that run at a time; twice the cores when absent.
    pub concurrency: Option<usize>,
    /// Queues to take tasks from; every one when empty.
    pub queues: Vec<String>,
}
