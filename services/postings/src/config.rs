//! Section `[postings]` of the configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Settings of the postings service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Sources by name, with the plugin's URL; beside those of the variables `PLUGIN_<NAME>_URL`.
    pub sources: BTreeMap<String, String>,
    /// Whether the variables `PLUGIN_<NAME>_URL` are read.
    pub sources_from_environment: bool,
    /// Longest sync, seconds.
    pub sync_timeout_seconds: u64,
    /// Postings written in one transaction.
    pub batch: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sources: BTreeMap::new(),
            sources_from_environment: true,
            sync_timeout_seconds: 3_600,
            batch: 200,
        }
    }
}
