//! Kinds as workers declare them, with the installation's defaults filled in.

use std::time::Duration;

use metier_core::{Fault, FaultKind, Grants};
use serde_json::Value;

use crate::{
    config::Config,
    domain::{
        kind::{Kind, KindName},
        retry::Backoff,
    },
};

const DEFAULT_BACKOFF: Duration = Duration::from_secs(1);
const DEFAULT_MAX_BACKOFF: Duration = Duration::from_secs(300);

/// A declaration; zero means "the default".
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name and version.
    pub name: KindName,
    /// What it does.
    pub description: String,
    /// JSON Schema of one item.
    pub parameter_schema: Value,
    /// Permissions its handler uses.
    pub permissions: Vec<String>,
    /// Longest attempt.
    pub timeout: Duration,
    /// Attempts in all.
    pub max_attempts: i64,
    /// First and greatest delay between attempts.
    pub backoff: (Duration, Duration),
}

/// A kind with everything decided.
///
/// # Errors
/// `invalid_permission` or `invalid_schema`.
pub fn declare(config: &Config, declared: Declared) -> Result<Kind, Fault> {
    let grants = Grants::parse(declared.permissions.iter().map(String::as_str))
        .map_err(|error| Fault::new(FaultKind::Invalid, "invalid_permission", error.to_string()))?;
    let or = |value: Duration, default: Duration| if value.is_zero() { default } else { value };
    let first = or(declared.backoff.0, DEFAULT_BACKOFF);
    let kind = Kind {
        description: declared.description,
        grants,
        timeout: or(declared.timeout, Duration::from_secs(config.default_timeout_seconds)),
        max_attempts: if declared.max_attempts > 0 {
            declared.max_attempts
        } else {
            config.default_max_attempts
        },
        backoff: Backoff { first, most: or(declared.backoff.1, DEFAULT_MAX_BACKOFF).max(first) },
        ..Kind::unvalidated(0, declared.name)
    };
    kind.with_schema(declared.parameter_schema)
}
