//! One entry as a source sent it: every field of `JobPost` and of contract 2, still unjudged.

use metier_core::Timestamp;
use serde_json::{Map, Value};

use super::{Doubt, Limits, Rejection};

/// A text and how it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Markup {
    /// Plain text: a `<` is a `<`.
    Text(String),
    /// HTML, or what may be HTML: legacy plugins do not tell.
    Html(String),
}

/// A posting as read from the wire. Nothing here is validated yet but types and the presence of an id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawPosting {
    /// Place in the batch, from zero.
    pub position: usize,
    /// The source's own id of the posting.
    pub original_id: String,
    /// Title as sent.
    pub title: String,
    /// Employer as sent.
    pub company: Option<String>,
    /// The ad's text as sent.
    pub description: Option<Markup>,
    /// Places as sent, each free text.
    pub locations: Vec<String>,
    /// Salary in words.
    pub salary: Option<String>,
    /// Lowest salary in minor units of the currency.
    pub salary_min: Option<f64>,
    /// Highest salary in minor units of the currency.
    pub salary_max: Option<f64>,
    /// Currency as sent.
    pub salary_currency: Option<String>,
    /// Period as sent: year, month, hour ...
    pub salary_period: Option<String>,
    /// Whether it is remote, where the source said so.
    pub remote: Option<bool>,
    /// Where to read or apply.
    pub url: Option<String>,
    /// Employment type as sent.
    pub employment_type: Option<String>,
    /// Experience level as sent.
    pub experience_level: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it ends, by the source's own word.
    pub expires_at: Option<Timestamp>,
    /// Whether the source says it was withdrawn.
    pub removed: bool,
    /// Requirements in words.
    pub requirements: Vec<String>,
    /// Benefits in words.
    pub benefits: Vec<String>,
    /// Skills that must be had.
    pub must_have: Vec<String>,
    /// Skills that are nice to have.
    pub nice_to_have: Vec<String>,
    /// Country as sent, a name or a code.
    pub country: Option<String>,
    /// Region as sent.
    pub region: Option<String>,
    /// Municipality as sent.
    pub municipality: Option<String>,
    /// Language of the text as sent.
    pub language: Option<String>,
    /// Free fields, kept as they are.
    pub fields: Map<String, Value>,
    /// The entry exactly as sent.
    pub payload: String,
    /// Optional fields that were set aside.
    pub doubts: Vec<Doubt>,
}

/// Parses one entry to a value, within the limits. `damaged` tells that bytes of the reply were not UTF-8.
pub(super) fn parse(raw: &str, damaged: bool, limits: &Limits) -> Result<Value, String> {
    if raw.len() > limits.posting_bytes {
        return Err(format!("has {} bytes, more than the {} allowed", raw.len(), limits.posting_bytes));
    }
    if damaged && raw.contains(char::REPLACEMENT_CHARACTER) {
        return Err("is not UTF-8 text".to_owned());
    }
    let value: Value = serde_json::from_str(raw).map_err(|error| error.to_string())?;
    if depth_exceeds(&value, limits.depth) {
        return Err(format!("is nested deeper than the {} levels allowed", limits.depth));
    }
    Ok(value)
}

/// The parser itself stops at 128 levels, so this recursion is bounded.
fn depth_exceeds(value: &Value, allowed: usize) -> bool {
    let Some(left) = allowed.checked_sub(1) else { return true };
    match value {
        Value::Array(items) => items.iter().any(|item| depth_exceeds(item, left)),
        Value::Object(members) => members.values().any(|member| depth_exceeds(member, left)),
        _ => false,
    }
}

/// The rejection of the entry at `position`.
pub(super) fn reject(
    position: usize,
    original_id: Option<String>,
    field: &str,
    reason: impl Into<String>,
) -> Rejection {
    Rejection { position, original_id, field: field.to_owned(), reason: reason.into() }
}
