//! What may be set, by flag or by variable.

use clap::Args;
use time::{Duration, OffsetDateTime};
use url::Url;

/// The settings of the source.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The JobSearch API's address.
    #[arg(long, env = "AF_BASE_URL", default_value = "https://jobsearch.api.jobtechdev.se")]
    pub base_url: Url,
    /// Free-text queries; none for every ad.
    #[arg(long = "query", env = "AF_QUERIES", value_delimiter = ';')]
    pub queries: Vec<String>,
    /// Only these occupation fields, by concept id.
    #[arg(long = "occupation-field", env = "AF_OCCUPATION_FIELDS", value_delimiter = ';')]
    pub occupation_fields: Vec<String>,
    /// Only these occupation groups, by concept id.
    #[arg(long = "occupation-group", env = "AF_OCCUPATION_GROUPS", value_delimiter = ';')]
    pub occupation_groups: Vec<String>,
    /// Only these occupations, by concept id.
    #[arg(long = "occupation-name", env = "AF_OCCUPATION_NAMES", value_delimiter = ';')]
    pub occupation_names: Vec<String>,
    /// Only these counties, by concept id.
    #[arg(long = "region", env = "AF_REGIONS", value_delimiter = ';')]
    pub regions: Vec<String>,
    /// Only these municipalities, by concept id.
    #[arg(long = "municipality", env = "AF_MUNICIPALITIES", value_delimiter = ';')]
    pub municipalities: Vec<String>,
    /// Only ads published within so many days.
    #[arg(long, env = "AF_PUBLISHED_WITHIN_DAYS")]
    pub published_within_days: Option<u16>,
    /// Hours between full snapshots.
    #[arg(long, env = "AF_SNAPSHOT_HOURS", default_value_t = 24)]
    pub snapshot_hours: u16,
    /// Milliseconds between requests, at least.
    #[arg(long, env = "AF_PAUSE_MS", default_value_t = 1_000)]
    pub pause_ms: u64,
    /// Milliseconds before the first retry.
    #[arg(long, env = "AF_RETRY_WAIT_MS", default_value_t = 2_000)]
    pub retry_wait_ms: u64,
}

impl Settings {
    /// The queries to run, each once; the empty one, for every ad, when none is set.
    pub(crate) fn queries(&self) -> Vec<String> {
        let mut queries: Vec<String> = Vec::new();
        for query in self.queries.iter().map(|query| query.trim()).filter(|query| !query.is_empty()) {
            if !queries.iter().any(|known| known == query) {
                queries.push(query.to_owned());
            }
        }
        if queries.is_empty() { vec![String::new()] } else { queries }
    }

    /// The filters that every query carries, as parameters of the API.
    pub(crate) fn filters(&self) -> Vec<(&'static str, String)> {
        let lists = [
            ("occupation-field", &self.occupation_fields),
            ("occupation-group", &self.occupation_groups),
            ("occupation-name", &self.occupation_names),
            ("region", &self.regions),
            ("municipality", &self.municipalities),
        ];
        let pairs = lists
            .into_iter()
            .flat_map(|(name, list)| list.iter().map(move |id| (name, id.trim().to_owned())));
        pairs.filter(|(_, id)| !id.is_empty()).collect()
    }

    /// What a kept checkpoint depends on besides the queries: other filters begin again.
    pub(crate) fn fingerprint(&self) -> String {
        let filters = self.filters().into_iter().map(|(name, id)| format!("{name}={id}"));
        filters
            .chain(self.published_within_days.map(|days| format!("days={days}")))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// The earliest publication that counts.
    pub(crate) fn earliest(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.published_within_days.map(|days| now - Duration::days(days.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Settings {
        metier_plugin_sdk::settings("test", args.iter().map(Into::into)).unwrap()
    }

    #[test]
    fn several_queries_are_run_each_once_and_none_means_everything() {
        assert_eq!(settings(&[]).queries(), [""]);
        assert_eq!(
            settings(&["--query", "kock; lärare;kock", "--query", "snickare"]).queries(),
            ["kock", "lärare", "snickare"]
        );
    }

    #[test]
    fn filters_become_parameters() {
        let settings = settings(&["--region", "CifL_Rzy_Mku;zupA_8Nt_xcD", "--published-within-days", "3"]);
        assert_eq!(
            settings.filters(),
            [("region", "CifL_Rzy_Mku".to_owned()), ("region", "zupA_8Nt_xcD".to_owned())]
        );
        assert_eq!(settings.fingerprint(), "region=CifL_Rzy_Mku&region=zupA_8Nt_xcD&days=3");
    }
}
