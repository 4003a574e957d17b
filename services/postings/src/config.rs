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
    /// Sources by name; beside those of the variables `PLUGIN_<NAME>_URL`.
    pub sources: BTreeMap<String, SourceSetting>,
    /// Whether OpenJobs' variables are read: `PLUGIN_<NAME>_URL`, `CRON_SCHEDULE`, `SYNC_INTERVAL_HOURS`.
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

/// What is decided about a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "must be the plugin's URL, or a table with url and schedule")]
pub enum SourceSetting {
    /// The plugin's URL.
    Url(String),
    /// More than that.
    Table(SourceTable),
}

/// What is decided about a source, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceTable {
    /// The plugin's URL; a source that is registered otherwise needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it is synced: a cron expression, `every 6h`, or `off`. As OpenJobs' variables say when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

impl SourceSetting {
    /// The plugin's URL.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Table(table) => table.url.as_deref(),
        }
    }

    /// When it is synced.
    pub fn schedule(&self) -> Option<&str> {
        match self {
            Self::Url(_) => None,
            Self::Table(table) => table.schedule.as_deref(),
        }
    }
}

impl Config {
    /// When sources are synced that say it themselves.
    pub fn schedules(&self) -> BTreeMap<String, String> {
        let said =
            |(name, source): (&String, &SourceSetting)| Some((name.clone(), source.schedule()?.to_owned()));
        self.sources.iter().filter_map(said).collect()
    }

    /// Silence after which a plugin counts as hung.
    pub const fn silence(&self) -> Duration {
        Duration::from_secs(self.silence_seconds)
    }
}
