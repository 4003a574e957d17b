//! `GET /health`: who the plugin is, and whether a sync would bring anything.

use serde::{Deserialize, Serialize};

/// The version of the contract this crate speaks.
pub const CONTRACT: u32 = 2;

/// The answer of `GET /health`. Not enveloped, as OpenJobs expects it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `healthy`, `degraded` (works in part) or `unconfigured` (a setting is missing, a sync yields nothing).
    /// Any other word is to be read as not healthy.
    pub status: String,
    /// The name for people. Jooble's plugin calls it `service`, indeed-chrome's `connector`.
    #[serde(default, alias = "service", alias = "connector")]
    pub plugin: String,
    /// The stable id of the source, `[a-z0-9-]`. Legacy plugins may lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plugin_id: Option<String>,
    /// The plugin's own version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The newest contract the plugin keeps; absent in legacy plugins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<u32>,
    /// What is wrong and what to do, one sentence, when the status is not `healthy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// True when the postings are invented, so that Metier can mark them wherever they show.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
}

impl Health {
    /// The status of a plugin that works.
    pub const HEALTHY: &str = "healthy";
    /// The status of a plugin that works in part.
    pub const DEGRADED: &str = "degraded";
    /// The status of a plugin that lacks a setting, such as a key.
    pub const UNCONFIGURED: &str = "unconfigured";

    /// The contract to speak with this plugin: 2 when it is announced, else 1, the legacy one.
    pub fn contract(&self) -> u32 {
        self.contract.unwrap_or(1).clamp(1, CONTRACT)
    }

    /// Whether the plugin says that it works.
    pub fn is_healthy(&self) -> bool {
        self.status == Self::HEALTHY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_legacy_health_without_id_or_version_is_read() {
        let health: Health = serde_json::from_str(r#"{"status":"healthy","plugin":"Mine"}"#).unwrap();
        assert_eq!((health.contract(), health.plugin.as_str()), (1, "Mine"));
        let health: Health =
            serde_json::from_str(r#"{"status":"healthy","service":"jooble-plugin"}"#).unwrap();
        assert_eq!(health.plugin, "jooble-plugin");
    }

    #[test]
    fn a_plugin_from_the_future_is_spoken_to_in_our_contract() {
        let health: Health =
            serde_json::from_str(r#"{"status":"healthy","plugin":"x","contract":7}"#).unwrap();
        assert_eq!(health.contract(), 2);
    }
}
