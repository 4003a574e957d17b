//! What a worker tells the engine of a kind it has a handler for.

use std::time::Duration;

use metier_core::Permission;
use serde_json::{Value, json};

use crate::protocol;

/// A kind of task: name, version, parameters, and how its attempts are limited.
///
/// What is left out takes the installation's default.
#[derive(Clone, Debug)]
pub struct KindSpec {
    name: &'static str,
    version: u32,
    description: &'static str,
    parameters: Value,
    permissions: Vec<Permission>,
    timeout: Duration,
    max_attempts: u32,
    backoff: (Duration, Duration),
}

impl KindSpec {
    /// A kind that takes any JSON object.
    pub fn new(name: &'static str, version: u32, description: &'static str) -> Self {
        Self {
            name,
            version,
            description,
            parameters: json!({ "type": "object" }),
            permissions: Vec::new(),
            timeout: Duration::ZERO,
            max_attempts: 0,
            backoff: (Duration::ZERO, Duration::ZERO),
        }
    }

    /// The JSON Schema (2020-12) that the engine holds each item's parameters against.
    #[must_use]
    pub fn parameters(mut self, schema: Value) -> Self {
        self.parameters = schema;
        self
    }

    /// Rights of the run's actor that the handler uses; it gets no others.
    #[must_use]
    pub fn permissions(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.permissions.extend(permissions);
        self
    }

    /// Longest time for one attempt.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Attempts in all, the first included.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The wait after the first failed attempt, and the longest; it doubles in between.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = (first, longest);
        self
    }

    /// Its name, such as `fibonacci`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its version; parameters of another version go to another handler.
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn reference(&self) -> protocol::KindRef {
        protocol::KindRef { name: self.name.to_owned(), version: self.version }
    }
}

impl From<&KindSpec> for protocol::Kind {
    fn from(kind: &KindSpec) -> Self {
        Self {
            name: kind.name.to_owned(),
            version: kind.version,
            description: kind.description.to_owned(),
            parameter_schema: kind.parameters.to_string(),
            permissions: kind.permissions.iter().map(ToString::to_string).collect(),
            timeout_ms: milliseconds(kind.timeout),
            max_attempts: kind.max_attempts,
            backoff_ms: milliseconds(kind.backoff.0),
            max_backoff_ms: milliseconds(kind.backoff.1),
        }
    }
}

/// Whole milliseconds, as the protocol counts time.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
