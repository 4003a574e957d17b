//! Postings as the API gives them, as far as they are shown.

use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// A posting.
#[derive(Debug, Default, Deserialize)]
pub struct Posting {
    /// Its id.
    pub id: String,
    /// Whether it is invented.
    #[serde(default)]
    pub demo: bool,
    /// `live`, `missing` or `ended`.
    #[serde(default)]
    pub state: String,
    /// The sources that show it.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What the work is called.
    pub title: String,
    /// Who offers it.
    #[serde(default)]
    pub company: Option<String>,
    /// The ad's text.
    #[serde(default)]
    pub description: String,
    /// Where to read it or apply.
    #[serde(default)]
    pub url: Option<String>,
    /// Each place of work.
    #[serde(default)]
    pub locations: Vec<String>,
    /// Country code.
    #[serde(default)]
    pub country: Option<String>,
    /// `yes`, `no` or `unknown`.
    #[serde(default)]
    pub remote: Option<String>,
    /// Full-time, part-time ...
    #[serde(default)]
    pub employment_type: Option<String>,
    /// Entry level, senior ...
    #[serde(default)]
    pub experience_level: Option<String>,
    /// Salary as written.
    #[serde(default)]
    pub salary_text: Option<String>,
    /// When the source published it.
    #[serde(default)]
    pub published_at: Option<Timestamp>,
    /// When it ends.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When a source first showed it.
    #[serde(default)]
    pub first_seen_at: Option<Timestamp>,
}

/// A posting as one source showed it.
#[derive(Debug, Deserialize)]
pub struct Sighting {
    /// The source.
    pub source: String,
    /// The source's own id.
    pub original_id: String,
    /// Why it is taken for this posting.
    #[serde(default)]
    pub because: Value,
    /// When it was last shown.
    pub last_seen_at: Timestamp,
}

impl Posting {
    /// Where and how, in one line.
    pub fn about(&self) -> String {
        let remote = (self.remote.as_deref() == Some("yes")).then(|| "remote".to_owned());
        let employment = self.employment_type.as_ref().map(|it| it.replace('_', " "));
        let sources = (!self.sources.is_empty()).then(|| self.sources.join(", "));
        let published = self.published_at.or(self.first_seen_at).map(day);
        let demo = self.demo.then(|| "INVENTED".to_owned());
        let parts = [self.company.clone(), self.place(), remote, employment, published, sources, demo];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// The places of work in one line.
    pub fn place(&self) -> Option<String> {
        match (self.locations.is_empty(), &self.country) {
            (false, _) => Some(self.locations.join("; ")),
            (true, country) => country.clone(),
        }
    }
}

fn day(moment: Timestamp) -> String {
    moment.to_string().chars().take("2026-01-31".len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_posting_is_told_in_one_line_and_says_when_it_is_invented() {
        let posting = Posting {
            demo: true,
            company: Some("Region Sörmland".into()),
            locations: vec!["Nyköping".into()],
            country: Some("SE".into()),
            remote: Some("yes".into()),
            employment_type: Some("full_time".into()),
            sources: vec!["demo".into()],
            published_at: Some(Timestamp::parse("2026-01-31T08:00:00Z").unwrap()),
            ..Posting::default()
        };
        let line = "Region Sörmland · Nyköping · remote · full time · 2026-01-31 · demo · INVENTED";
        assert_eq!(posting.about(), line);
    }
}
