//! What may be set, by flag or by variable.

use std::{convert::Infallible, fmt, str::FromStr};

use clap::Args;
use url::Url;

use crate::Country;

/// The settings of the source.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The Adzuna API's address.
    #[arg(long, env = "ADZUNA_BASE_URL", default_value = "https://api.adzuna.com")]
    pub base_url: Url,
    /// The application's id.
    #[arg(long, env = "ADZUNA_APP_ID", hide_env_values = true)]
    pub app_id: Option<Secret>,
    /// The application's key.
    #[arg(long, env = "ADZUNA_APP_KEY", hide_env_values = true)]
    pub app_key: Option<Secret>,
    /// The countries; all when left out.
    #[arg(long = "country", env = "ADZUNA_COUNTRIES", value_delimiter = ',')]
    pub countries: Vec<Country>,
    /// Free-text queries; none for every ad.
    #[arg(long = "what", env = "ADZUNA_WHAT", value_delimiter = ';')]
    pub queries: Vec<String>,
    /// Only ads of at most so many days.
    #[arg(long, env = "ADZUNA_MAX_DAYS_OLD")]
    pub max_days_old: Option<u16>,
    /// Pages of 50 ads read for each country and query.
    #[arg(long, env = "ADZUNA_MAX_PAGES", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub max_pages: u16,
    /// Hours between full passes.
    #[arg(long, env = "ADZUNA_SNAPSHOT_HOURS", default_value_t = 168)]
    pub snapshot_hours: u16,
    /// Milliseconds between requests, at least.
    #[arg(long, env = "ADZUNA_PAUSE_MS", default_value_t = 2_500)]
    pub pause_ms: u64,
    /// Milliseconds before the first retry.
    #[arg(long, env = "ADZUNA_RETRY_WAIT_MS", default_value_t = 2_000)]
    pub retry_wait_ms: u64,
}

/// A text that is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    fn shown(&self) -> Option<&str> {
        Some(self.0.trim()).filter(|text| !text.is_empty())
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

/// One country and one query: what is read page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) country: Country,
    pub(crate) query: String,
}

impl Part {
    /// The part's name in a checkpoint.
    pub(crate) fn name(&self) -> String {
        format!("{}|{}", self.country, self.query)
    }
}

/// The application's id and key.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) id: &'a str,
    pub(crate) key: &'a str,
}

impl Settings {
    /// The key, if both halves are there.
    pub(crate) fn key(&self) -> Option<Key<'_>> {
        Some(Key { id: self.app_id.as_ref()?.shown()?, key: self.app_key.as_ref()?.shown()? })
    }

    /// Every country with every query.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let mut countries = self.countries.clone();
        if countries.is_empty() {
            countries = Country::all().collect();
        }
        let mut queries: Vec<String> = self.queries.iter().map(|it| it.trim().to_owned()).collect();
        queries.retain(|query| !query.is_empty());
        if queries.is_empty() {
            queries.push(String::new());
        }
        let mut parts: Vec<Part> = Vec::new();
        for country in countries {
            for query in &queries {
                let part = Part { country, query: query.clone() };
                if !parts.contains(&part) {
                    parts.push(part);
                }
            }
        }
        parts
    }

    /// The ads read of one part, at most.
    pub(crate) fn most_ads(&self) -> u64 {
        u64::from(self.max_pages) * 50
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(args: &[&str]) -> Settings {
        metier_plugin_sdk::settings("test", args.iter().map(Into::into)).unwrap()
    }

    #[test]
    fn every_country_is_asked_every_query_once() {
        assert_eq!(settings(&[]).parts().len(), 19);
        let parts = settings(&["--country", "gb,fr,gb", "--what", "java; nurse"]).parts();
        let names: Vec<String> = parts.iter().map(Part::name).collect();
        assert_eq!(names, ["gb|java", "gb|nurse", "fr|java", "fr|nurse"]);
    }

    #[test]
    fn half_a_key_is_none_and_a_key_is_never_shown() {
        assert!(settings(&["--app-id", "abc"]).key().is_none());
        assert!(settings(&["--app-id", "abc", "--app-key", " "]).key().is_none());
        let whole = settings(&["--app-id", "abcid", "--app-key", "sesame"]);
        assert_eq!(whole.key().map(|key| (key.id, key.key)), Some(("abcid", "sesame")));
        let shown = format!("{whole:?}");
        assert!(!shown.contains("sesame") && !shown.contains("abcid"), "{shown}");
    }
}
