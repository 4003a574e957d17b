//! The one error every edge understands: mapped once to HTTP (RFC 9457) and once to gRPC.
//!
//! A service keeps its own error enum, its variants named by cause, and converts it into a [`Fault`] at
//! the edge. `code` is stable and documented; `message` is for people; the source never reaches a client.

use std::{borrow::Cow, error::Error, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

/// What a client can do about it, in the coarsest useful terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The request is wrong; sending it again unchanged will not help.
    Invalid,
    /// Nobody, or nobody we can verify, is asking.
    Unauthenticated,
    /// Known, but not allowed.
    Forbidden,
    /// It does not exist, or may not be seen.
    NotFound,
    /// It clashes with the present state.
    Conflict,
    /// The caller's copy is out of date (ETag, fencing token).
    Stale,
    /// Over a size limit.
    TooLarge,
    /// Over a rate limit; try again later.
    RateLimited,
    /// A peer, database or disk is away; try again later.
    Unavailable,
    /// The deadline passed.
    Timeout,
    /// Our own fault; details are in the log under the correlation id.
    Internal,
}

/// One rule that one field broke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// JSON pointer or parameter name, such as `/items/3/iterations`.
    pub field: String,
    /// What the field must be.
    pub message: String,
}

/// An error as a client may see it, with its cause kept for the log.
#[derive(Clone)]
pub struct Fault {
    /// What can be done about it.
    pub kind: FaultKind,
    /// Stable machine-readable code, `snake_case`.
    pub code: Cow<'static, str>,
    /// One sentence for people, lowercase, without full stop.
    pub message: String,
    /// The fields at fault, when the request is wrong.
    pub violations: Vec<Violation>,
    /// When trying again makes sense.
    pub retry_after: Option<Duration>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault with a stable code and a sentence.
    pub fn new(kind: FaultKind, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { kind, code, message, violations: Vec::new(), retry_after: None, source: None }
    }

    /// `invalid_parameters` with one violated field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let violation = Violation { field: field.into(), message: message.into() };
        Self::violations(vec![violation])
    }

    /// `invalid_parameters` with every violated field.
    pub fn violations(violations: Vec<Violation>) -> Self {
        let first = violations.first().map(|first| format!("{} {}", first.field, first.message));
        let message = match (first, violations.len()) {
            (None, _) => "the request is invalid".to_owned(),
            (Some(first), 1) => first,
            (Some(first), count) => format!("{first} (and {} more)", count - 1),
        };
        Self { violations, ..Self::new(FaultKind::Invalid, "invalid_parameters", message) }
    }

    /// `not_found` for a thing that is not there or may not be seen.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(FaultKind::NotFound, "not_found", format!("no {what} {id}"))
    }

    /// `stale_version`: the caller has not seen the present version.
    pub fn stale_version() -> Self {
        let message = "it has changed since; read it again and repeat the change";
        Self::new(FaultKind::Stale, "stale_version", message)
    }

    /// `request_in_progress`: another request with the same idempotency key is ahead.
    pub fn request_in_progress() -> Self {
        let message = "a request with the same idempotency key is at work";
        Self::new(FaultKind::Conflict, "request_in_progress", message)
    }

    /// `internal`: the cause goes to the log, never to the client.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(FaultKind::Internal, "internal", "something went wrong on our side").caused_by(source)
    }

    /// `unavailable`: a peer, database or disk is away.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::new(FaultKind::Unavailable, "unavailable", what)
    }

    /// `timeout`: the deadline passed before the work was done.
    pub fn timeout(what: impl Into<String>) -> Self {
        Self::new(FaultKind::Timeout, "timeout", what)
    }

    /// The same fault with its cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }

    /// The same fault with a time to try again.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The whole chain of causes, for the log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = self.source();
        while let Some(cause) = next {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            next = cause.source();
        }
        text
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.chain())
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
