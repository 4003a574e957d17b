//! The contract of OpenJobs: `POST /sync` and `GET /jobs`, in its own field names.
//!
//! Plugins written with this crate serve it so that an OpenJobs installation can use them unchanged. The
//! tolerant reading of every dialect in the wild is the reader's affair, not the contract's.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{Posting, Remote, Salary};

/// The answer of `POST /sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncReply {
    /// Always true; a failure is answered with status 500 and plain text.
    pub success: bool,
    /// What was done; some plugins leave it out.
    #[serde(default)]
    pub message: String,
}

/// The answer of `GET /jobs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobsReply {
    /// True when `data` holds the list.
    pub success: bool,
    /// The postings.
    #[serde(default)]
    pub data: Vec<JobPost>,
    /// How many there are.
    #[serde(default)]
    pub count: usize,
    /// Why not, when `success` is false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A posting in OpenJobs' shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobPost {
    /// The source's prefix and the original id: `af-30016621`.
    pub id: String,
    /// The headline.
    pub title: String,
    /// The employer; empty when unknown.
    pub company: String,
    /// The text.
    pub description: String,
    /// The place as one line.
    pub location: String,
    /// The pay in words.
    pub salary: String,
    /// The least, in whole units of the currency.
    pub salary_min: Option<i64>,
    /// The most, in whole units of the currency.
    pub salary_max: Option<i64>,
    /// ISO 4217.
    pub salary_currency: Option<String>,
    /// Whether the work can be done from afar; unknown counts as no.
    pub is_remote: bool,
    /// The ad's page.
    pub url: Option<String>,
    /// `Full-time`, `Part-time`, `Contract`, `Internship`, `Temporary` or empty.
    pub employment_type: String,
    /// `Entry-level`, `Mid-level`, `Senior`, `Executive` or empty.
    pub experience_level: String,
    /// When the ad was published.
    #[serde(with = "time::serde::rfc3339::option")]
    pub posted_date: Option<OffsetDateTime>,
    /// When the ad ends; null when the source does not say.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_date: Option<OffsetDateTime>,
    /// The skills asked for.
    pub requirements: Vec<String>,
    /// What the employer offers.
    pub benefits: Vec<String>,
    /// Anything else, with `source`, `connector`, `original_id` and `source_url` among it.
    pub fields: Map<String, Value>,
}

impl JobPost {
    /// The posting in OpenJobs' shape. Whole units are right for currencies of two decimals, which all our sources use.
    pub fn from_posting(posting: &Posting, source: &str, prefix: &str) -> Self {
        let salary = posting.salary.clone().unwrap_or_default();
        Self {
            id: format!("{prefix}-{}", posting.original_id),
            title: posting.title.clone(),
            company: posting.company.clone().unwrap_or_default(),
            description: posting.description.as_ref().map(|it| it.content.clone()).unwrap_or_default(),
            location: posting.location.as_ref().and_then(|it| it.text.clone()).unwrap_or_default(),
            salary: salary_in_words(&salary),
            salary_min: salary.min.map(|amount| amount / 100),
            salary_max: salary.max.map(|amount| amount / 100),
            salary_currency: salary.currency,
            is_remote: posting.remote == Remote::Yes,
            url: posting.url.clone(),
            employment_type: posting.employment_type.map(|it| it.legacy().to_owned()).unwrap_or_default(),
            experience_level: posting.experience_level.map(|it| it.legacy().to_owned()).unwrap_or_default(),
            posted_date: posting.published_at,
            expires_date: posting.expires_at,
            requirements: posting.skills.must.clone(),
            benefits: Vec::new(),
            fields: legacy_fields(posting, source),
        }
    }
}

fn salary_in_words(salary: &Salary) -> String {
    if let Some(text) = &salary.text {
        return text.clone();
    }
    let currency = salary.currency.as_deref().unwrap_or_default();
    match (salary.min.map(|it| it / 100), salary.max.map(|it| it / 100)) {
        (Some(min), Some(max)) if min != max => format!("{min} - {max} {currency}"),
        (Some(amount), _) | (None, Some(amount)) => format!("{amount} {currency}"),
        (None, None) => String::new(),
    }
}

fn legacy_fields(posting: &Posting, source: &str) -> Map<String, Value> {
    let mut fields = posting.fields.clone();
    fields.insert("source".into(), source.into());
    fields.insert("connector".into(), source.into());
    fields.insert("original_id".into(), posting.original_id.clone().into());
    if let Some(url) = &posting.url {
        fields.insert("source_url".into(), url.clone().into());
    }
    if let Some(language) = &posting.language {
        fields.insert("language".into(), language.clone().into());
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::EmploymentType;

    #[test]
    fn a_posting_keeps_its_meaning_in_the_legacy_shape() {
        let mut posting = Posting::new("30016621", "Snickare");
        posting.employment_type = Some(EmploymentType::PartTime);
        posting.salary = Some(Salary {
            min: Some(3_000_000),
            max: Some(3_500_000),
            currency: Some("SEK".into()),
            ..Salary::default()
        });
        let job = JobPost::from_posting(&posting, "arbetsformedlingen", "af");
        assert_eq!(job.id, "af-30016621");
        assert_eq!((job.salary.as_str(), job.salary_min), ("30000 - 35000 SEK", Some(30_000)));
        assert_eq!((job.employment_type.as_str(), job.is_remote), ("Part-time", false));
        assert_eq!(job.fields["connector"], "arbetsformedlingen");
        assert_eq!(serde_json::to_value(&job).unwrap()["expires_date"], Value::Null);
    }
}
