//! Fields on their way into a log line: secrets are struck out, and none is longer than it should be.

use std::{
    borrow::Cow,
    error::Error,
    fmt::{Debug, Write},
};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};

/// Written in place of a secret.
pub(crate) const REDACTED: &str = "***";
/// Most bytes of one value.
const MAX_VALUE: usize = 8 * 1024;
/// Words that, as a part of a field's name, mark a secret.
const SECRET_WORDS: [&str; 11] = [
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "secrets",
    "token",
];

/// Whether a field of this name is struck out: one of its words, split at `_`, `-` and `.`, is `password`,
/// `token`, `secret`, `authorization`, `cookie` or the like, or two of them are `api key` or `private key`.
/// Fields that only count or name such things need another name: `tokens`, `session_id`.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words: Vec<_> = name.split(['_', '-', '.']).collect();
    let is_secret = |word: &&str| SECRET_WORDS.contains(word);
    let is_key = |pair: &[&str]| matches!(pair, ["api" | "private", "key"]);
    words.iter().any(is_secret) || words.windows(2).any(is_key)
}

/// Collects fields as JSON.
pub(crate) struct Collect<'a>(pub &'a mut Map<String, Value>);

impl Collect<'_> {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        let value = if is_secret_name(field.name()) { Value::from(REDACTED) } else { value.into() };
        // A name written as a raw identifier (`r#type`) is meant without its mark.
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), value);
    }
}

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.insert(field, shortened(&format!("{value:?}")));
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, shortened(value));
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }
    fn record_i128(&mut self, field: &Field, value: i128) {
        self.insert(field, value.to_string());
    }
    fn record_u128(&mut self, field: &Field, value: u128) {
        // Durations are measured in u128 and are small.
        self.insert(field, u64::try_from(value).map_or_else(|_| value.to_string().into(), Value::from));
    }
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.insert(field, shortened(&chain(value)));
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// The text, cut to what a log line bears.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_VALUE {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(MAX_VALUE);
    Cow::Owned(format!("{}... ({} bytes more)", &text[..end], text.len() - end))
}
