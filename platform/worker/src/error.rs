//! How a handler fails: what may be tried again and what may not are different types.

use std::{borrow::Cow, time::Duration};

use metier_core::{Fault, FaultKind};

/// A failure that another attempt may not meet: a peer was away, a limit was reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Retryable {
    /// Stable, `snake_case`.
    pub code: Cow<'static, str>,
    /// One sentence for people, lowercase, without full stop.
    pub message: String,
    /// Earliest next attempt, when the cause names one; otherwise the kind's backoff decides.
    pub retry_after: Option<Duration>,
}

impl Retryable {
    /// A failure to be tried again after the kind's backoff.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), retry_after: None }
    }

    /// The same failure, not to be tried again before `wait` has passed.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

/// A failure that every further attempt would meet again: wrong parameters, a missing right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Permanent {
    /// Stable, `snake_case`.
    pub code: Cow<'static, str>,
    /// One sentence for people, lowercase, without full stop.
    pub message: String,
}

impl Permanent {
    /// A failure that ends the task.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }
}

/// Why a handler has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// Try again while attempts are left.
    #[error(transparent)]
    Retryable(#[from] Retryable),
    /// Do not try again.
    #[error(transparent)]
    Permanent(#[from] Permanent),
    /// The handler ended early because it was told to stop; see [`crate::TaskContext::check`].
    #[error("stopped as told")]
    Stopped,
}

/// An error of another service: its kind says whether trying again can help.
impl From<Fault> for TaskError {
    fn from(fault: Fault) -> Self {
        match fault.kind {
            FaultKind::Invalid
            | FaultKind::Unauthenticated
            | FaultKind::Forbidden
            | FaultKind::NotFound
            | FaultKind::Conflict
            | FaultKind::TooLarge => Permanent::new(fault.code, fault.message).into(),
            FaultKind::Stale
            | FaultKind::RateLimited
            | FaultKind::Unavailable
            | FaultKind::Timeout
            | FaultKind::Internal => {
                Retryable { code: fault.code, message: fault.message, retry_after: fault.retry_after }.into()
            }
        }
    }
}

impl From<tonic::Status> for TaskError {
    fn from(status: tonic::Status) -> Self {
        metier_rpc::fault(status).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_that_may_pass_is_retryable_and_keeps_its_time() {
        let fault = Fault::unavailable("products are away").retry_after(Duration::from_secs(3));
        let error = TaskError::from(fault);
        let expected = Retryable::new("unavailable", "products are away").after(Duration::from_secs(3));
        assert_eq!(error, expected.into());
    }

    #[test]
    fn a_fault_of_the_request_is_permanent() {
        let error = TaskError::from(Fault::invalid("/price", "must not be negative"));
        assert_eq!(error, Permanent::new("invalid_parameters", "/price must not be negative").into());
    }
}
