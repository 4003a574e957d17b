//! Section `scheduler` of the settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What an operator may decide about schedules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Days for which is kept what became of each time.
    pub keep_fires_days: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { keep_fires_days: 30 }
    }
}

impl Config {
    /// How long is kept what became of each time.
    pub const fn keep_fires(&self) -> Duration {
        Duration::from_secs(self.keep_fires_days * 24 * 60 * 60)
    }
}
