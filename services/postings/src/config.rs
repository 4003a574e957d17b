//! Section `[postings]` of the configuration.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// Settings of the postings service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Sources by name, with the plugin's URL; beside those of the variables `PLUGIN_<NAME>_URL`.
    pub sources: BTreeMap<String, String>,
    /// Whether the variables `PLUGIN_<NAME>_URL` are read.
    pub sources_from_environment: bool,
    /// Sources whose plugins this process hosts itself, with the URL of this start. One of the same name that was
    /// registered in any other way goes first.
    pub built_in: BTreeMap<String, String>,
    /// Sources synced once at the start, when nothing was ever fetched from them.
    pub first_sync: BTreeSet<String>,
    /// Seconds of silence after which a plugin counts as hung.
    pub silence_seconds: u64,
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
            built_in: BTreeMap::new(),
            first_sync: BTreeSet::new(),
            silence_seconds: 60,
            sync_timeout_seconds: 3_600,
            batch: 200,
        }
    }
}

impl Config {
    /// Silence after which a plugin counts as hung.
    pub const fn silence(&self) -> Duration {
        Duration::from_secs(self.silence_seconds)
    }
}
