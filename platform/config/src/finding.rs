//! What is wrong with the settings, said so that it can be mended.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Works, but should be mended.
    Warning,
    /// Nothing starts with it.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The full path of the setting, such as `jobs.lease`; empty for a whole source.
    pub key: String,
    /// Where it was given, such as `environment variable METIER_JOBS__LEASE`.
    pub origin: String,
    /// What is wrong, never with the value of a secret.
    pub message: String,
    /// The nearest setting there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Finding {
    pub(crate) fn error(key: String, origin: String, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, key, origin, message: message.into(), suggestion: None }
    }

    pub(crate) fn unknown(key: String, origin: String, suggestion: Option<String>) -> Self {
        Self { suggestion, ..Self::error(key, origin, "is not a setting") }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.key.as_str(), self.origin.as_str()) {
            ("", origin) => write!(f, "{origin}: {}", self.message)?,
            (key, "") => write!(f, "{key}: {}", self.message)?,
            (key, origin) => write!(f, "{key} (from {origin}): {}", self.message)?,
        }
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

/// The settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the settings cannot be used: {}", list(.findings))]
pub struct ConfigError {
    /// Everything that is wrong, not only the first.
    pub findings: Vec<Finding>,
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("; ")
}

/// The candidate most like `word`, when one is alike enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.6;
    candidates
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
