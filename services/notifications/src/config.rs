//! Section `notifications` of the settings.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

const DAY: u64 = 24 * 60 * 60;

/// What an operator may decide about webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Networks that are not public and that webhooks may reach nevertheless: `["10.0.0.0/8"]`.
    pub allow_networks: Vec<IpNet>,
    /// Days for which is kept what was delivered.
    pub keep_deliveries_days: u64,
    /// A webhook to which nothing could be delivered for so many days is disabled.
    pub disable_after_days: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { allow_networks: Vec::new(), keep_deliveries_days: 30, disable_after_days: 3 }
    }
}

impl Config {
    /// How long is kept what was delivered.
    pub const fn keep_deliveries(&self) -> Duration {
        Duration::from_secs(self.keep_deliveries_days * DAY)
    }

    /// How long a webhook may fail.
    pub const fn disable_after(&self) -> Duration {
        Duration::from_secs(self.disable_after_days * DAY)
    }
}
