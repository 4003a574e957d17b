//! Section `[jobs]` of the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Settings of the engine. Durations in seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How long a lease lasts without a heartbeat. A dead worker's tasks run elsewhere within twice this.
    pub lease_seconds: u64,
    /// Most items in one submission.
    pub max_items: usize,
    /// Most bytes of one item's parameters.
    pub max_item_bytes: usize,
    /// Most bytes of one uploaded file of items; the public door passes on at most 1 GiB.
    pub max_upload_bytes: u64,
    /// Most uploads of one person.
    pub max_uploads: i64,
    /// Most bytes of all uploads of one person.
    pub max_uploaded_bytes: u64,
    /// Ended runs and uploads are kept this many days.
    pub keep_days: u64,
    /// What is deleted is written to the blob store first, as JSON lines.
    pub archive: bool,
    /// A kind that does not say gets this timeout.
    pub default_timeout_seconds: u64,
    /// A kind that does not say gets this many attempts.
    pub default_max_attempts: i64,
    /// Waiting this long makes up for one level of priority.
    pub ageing_seconds: u64,
}

/// Shorter leases do not make the grace shorter than this.
const LEAST_GRACE: Duration = Duration::from_secs(10);

impl Default for Config {
    fn default() -> Self {
        Self {
            lease_seconds: 15,
            max_items: 100_000,
            max_item_bytes: 64 * 1024,
            max_upload_bytes: 64 * 1024 * 1024,
            max_uploads: 1_000,
            max_uploaded_bytes: 1024 * 1024 * 1024,
            keep_days: 30,
            archive: false,
            default_timeout_seconds: 300,
            default_max_attempts: 3,
            ageing_seconds: 60,
        }
    }
}

impl Config {
    /// How long a lease lasts.
    pub const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds)
    }

    /// How often a worker sends a heartbeat: three fit into a lease.
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.lease_seconds * 1_000 / 3)
    }

    /// How much longer than its run allows an attempt may take before the engine ends it. Its worker is asked to stop
    /// half way through: enough for a heartbeat to bring the word, and for what a worker held for a moment.
    pub fn grace(&self) -> Duration {
        self.lease().max(LEAST_GRACE)
    }

    /// How much waiting makes up for one level of priority; at most a year, which is as good as for ever.
    pub fn ageing(&self) -> Duration {
        Duration::from_secs(self.ageing_seconds.min(365 * 24 * 60 * 60))
    }

    /// How long ended runs and uploads are kept.
    pub const fn keep(&self) -> Duration {
        Duration::from_secs(self.keep_days * 24 * 60 * 60)
    }
}
