//! The posting as this service understands it, and the way there from what a source sent.
//!
//! [`validate`] is the only door: what comes through it has plain text, a safe link, a known vocabulary and
//! sane dates. The normal forms that tell two postings alike ([`company_key`], [`title_key`],
//! [`canonical_url`], [`place_key`]) are separate, so what people read stays as the source wrote it.

mod address;
mod company;
mod country;
mod fold;
mod key;
mod location;
mod pay;
mod text;
mod title;
mod validate;
mod vocabulary;

use metier_core::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use address::canonical_url;
pub use company::company_key;
pub use country::Country;
pub use fold::fold;
pub use key::SightingKey;
pub use location::place_key;
pub use pay::{Period, Salary};
pub use text::plain_text;
pub use title::{TitleKey, title_key};
pub use validate::validate;
pub use vocabulary::{EmploymentType, ExperienceLevel, Remote};

/// What a [`PostingId`] names.
pub enum Named {}

/// Names one canonical posting.
pub type PostingId = Id<Named>;

/// The content of an employment ad.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// What the work is called.
    pub title: String,
    /// Who offers it; some sources do not tell.
    pub company: Option<String>,
    /// The ad's text, plain.
    pub description: String,
    /// Where to read it or apply.
    pub url: Option<String>,
    /// Each place of work as written.
    pub locations: Vec<String>,
    /// Country of work.
    pub country: Option<Country>,
    /// Region (county, state) of work.
    pub region: Option<String>,
    /// Municipality or town of work.
    pub municipality: Option<String>,
    /// Language of the text, ISO 639-1.
    pub language: Option<String>,
    /// Salary as numbers.
    pub salary: Option<Salary>,
    /// Salary as written.
    pub salary_text: Option<String>,
    /// Whether it can be done from anywhere.
    pub remote: Remote,
    /// Full-time, part-time ...
    pub employment_type: Option<EmploymentType>,
    /// Entry level, senior ...
    pub experience_level: Option<ExperienceLevel>,
    /// When the source published it.
    pub published_at: Option<Timestamp>,
    /// When it ends by the source's own word; never invented.
    pub expires_at: Option<Timestamp>,
    /// Requirements in words.
    pub requirements: Vec<String>,
    /// Benefits in words.
    pub benefits: Vec<String>,
    /// Skills that must be had.
    pub must_have: Vec<String>,
    /// Skills that are nice to have.
    pub nice_to_have: Vec<String>,
    /// What else the source tells.
    pub fields: Map<String, Value>,
}

impl Posting {
    /// The places of work in one line.
    pub fn location(&self) -> String {
        self.locations.join("; ")
    }
}

/// A posting as one source showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// Which source, and its own id.
    pub key: SightingKey,
    /// The validated content.
    pub posting: Posting,
    /// Whether the source says it was withdrawn.
    pub removed: bool,
    /// The entry exactly as sent.
    pub payload: String,
    /// Optional fields that made no sense and were set aside.
    pub doubts: Vec<super::dialect::Doubt>,
}
