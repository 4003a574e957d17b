//! From bytes to text and from text to the parts of a list, without parsing what a bad part could break.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Limits, Refusal};

/// The most of a plugin's own words that is kept.
const MESSAGE_CHARS: usize = 500;

/// A reply's text, and whether bytes had to be replaced to make it text.
pub(super) struct Body<'a> {
    pub text: Cow<'a, str>,
    pub damaged: bool,
}

/// Invalid UTF-8 is replaced, not refused: one bad byte must not lose the other postings.
pub(super) fn decode<'a>(body: &'a [u8], limits: &Limits) -> Result<Body<'a>, Refusal> {
    if body.len() > limits.body_bytes {
        return Err(Refusal::TooLarge { bytes: body.len(), limit: limits.body_bytes });
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    let damaged = matches!(text, Cow::Owned(_));
    Ok(Body { text, damaged })
}

/// Parses without descending: nested values stay text, so deep nesting costs no stack.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|error| not_json(&error))
}

/// The entries of a list, each still unparsed.
pub(super) fn entries<'a>(list: &'a str, limits: &Limits) -> Result<Vec<&'a RawValue>, Refusal> {
    let entries: Vec<&RawValue> = parse(list)?;
    if entries.len() > limits.postings {
        return Err(Refusal::TooMany { count: entries.len(), limit: limits.postings });
    }
    Ok(entries)
}

fn not_json(error: &serde_json::Error) -> Refusal {
    Refusal::NotJson { line: error.line(), column: error.column(), reason: error.to_string() }
}

/// A plugin's words shortened to one readable line without control characters.
pub(super) fn shorten(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).take(MESSAGE_CHARS).collect();
    if line.is_empty() { "no reason given".to_owned() } else { line }
}
