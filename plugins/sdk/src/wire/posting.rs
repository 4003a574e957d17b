//! A posting as a source shows it: what the source says, in one shape, with its own words kept beside.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// One employment ad. Everything but the id and the title may be absent; absent means unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// The source's own id, stable between syncs and without the source's prefix.
    pub original_id: String,
    /// The headline, as plain text.
    pub title: String,
    /// The page that shows the ad or takes the application, `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The employer's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The ad's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Where the work is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// The form of employment, if the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employment_type: Option<EmploymentType>,
    /// The seniority asked for, if the source says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experience_level: Option<ExperienceLevel>,
    /// Whether the work can be done from afar.
    #[serde(default, skip_serializing_if = "Remote::is_unknown")]
    pub remote: Remote,
    /// The pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salary: Option<Salary>,
    /// When the source published the ad.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub published_at: Option<OffsetDateTime>,
    /// When the ad ends. Only what the source gives; never computed.
    #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<OffsetDateTime>,
    /// The language of the text, ISO 639-1 (`sv`, `en`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the work is, in the source's own classification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupation: Option<Occupation>,
    /// The skills the source lists as such; skills found by reading the text are not the plugin's affair.
    #[serde(default, skip_serializing_if = "Skills::is_empty")]
    pub skills: Skills,
    /// What else the source says, without the names, mail addresses and telephone numbers of people.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// The ad as it came, likewise without people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Value>,
}

impl Posting {
    /// A posting of which nothing but its id and title is known yet.
    pub fn new(original_id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            original_id: original_id.into(),
            title: title.into(),
            url: None,
            company: None,
            description: None,
            location: None,
            employment_type: None,
            experience_level: None,
            remote: Remote::Unknown,
            salary: None,
            published_at: None,
            expires_at: None,
            language: None,
            occupation: None,
            skills: Skills::default(),
            fields: Map::new(),
            raw: None,
        }
    }
}

/// A text and how it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Plain text or HTML.
    pub format: TextFormat,
    /// The text.
    pub content: String,
}

impl Description {
    /// A plain text.
    pub fn text(content: impl Into<String>) -> Self {
        Self { format: TextFormat::Text, content: content.into() }
    }

    /// A text with HTML markup, which Metier cleans before it shows it.
    pub fn html(content: impl Into<String>) -> Self {
        Self { format: TextFormat::Html, content: content.into() }
    }
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Plain text; `<` is a less-than sign.
    Text,
    /// HTML.
    Html,
}

/// A place, from coarse to fine, as far as the source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// ISO 3166-1 alpha-2, upper case (`SE`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// County, state or the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Town or municipality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub municipality: Option<String>,
    /// The whole place for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The form of employment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmploymentType {
    /// Full time.
    FullTime,
    /// Part time.
    PartTime,
    /// By contract or freelance.
    Contract,
    /// An internship or traineeship.
    Internship,
    /// For a limited time, seasonal or by the hour.
    Temporary,
}

impl EmploymentType {
    /// The word OpenJobs uses.
    pub fn legacy(self) -> &'static str {
        match self {
            Self::FullTime => "Full-time",
            Self::PartTime => "Part-time",
            Self::Contract => "Contract",
            Self::Internship => "Internship",
            Self::Temporary => "Temporary",
        }
    }
}

/// The seniority asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExperienceLevel {
    /// No experience needed.
    Entry,
    /// Some experience.
    Mid,
    /// Long experience.
    Senior,
    /// Leads the organization.
    Executive,
}

impl ExperienceLevel {
    /// The word OpenJobs uses.
    pub fn legacy(self) -> &'static str {
        match self {
            Self::Entry => "Entry-level",
            Self::Mid => "Mid-level",
            Self::Senior => "Senior",
            Self::Executive => "Executive",
        }
    }
}

/// Whether the work can be done from afar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remote {
    /// Yes, wholly or in part.
    Yes,
    /// The ad says that it cannot.
    No,
    /// The ad does not say.
    #[default]
    Unknown,
}

impl Remote {
    /// Whether the ad does not say.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// The pay, as far as the source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salary {
    /// The least, in minor units of the currency (öre, cents; whole yen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The most, in minor units of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// ISO 4217, upper case. Needed with `min` or `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What the amount is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<SalaryPeriod>,
    /// True when the source estimated the amount and the employer did not state it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// The source's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What an amount is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SalaryPeriod {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// What the work is, in the source's own classification.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occupation {
    /// The name of the occupation.
    pub label: String,
    /// Its code in the source's taxonomy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The group it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The field the group belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// The skills the source lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skills {
    /// Those asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must: Vec<String>,
    /// Those welcome.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nice: Vec<String>,
}

impl Skills {
    /// Whether the source lists none.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.nice.is_empty()
    }
}
