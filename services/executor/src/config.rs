//! The section `[executor]`.

use serde::{Deserialize, Serialize};

use crate::kinds::HttpSettings;

/// How the executor works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Tasks that run at a time; twice the cores when absent.
    pub concurrency: Option<usize>,
    /// Queues to take tasks from; every one when empty.
    pub queues: Vec<String>,
    /// What this machine can do, for tasks that require it.
    pub capabilities: Vec<String>,
    /// What `http.get` may ask.
    pub http: HttpSettings,
}
