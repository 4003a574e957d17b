//! Why an address gave nothing, and whether asking again may help.

use std::{error::Error, time::Duration};

use metier_worker::{Permanent, Retryable, TaskError};

/// Why there is no answer to keep.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HttpError {
    /// The text is no address.
    #[error("the url is not one: {0}")]
    NotAnAddress(String),
    /// Another scheme, or credentials in it.
    #[error("only http and https addresses without credentials may be asked")]
    NotAllowed,
    /// An address of this machine or its networks.
    #[error("the address lies in a private network, which may not be asked")]
    Private,
    /// It leads on and on.
    #[error("there are more than {0} redirects")]
    TooManyRedirects(usize),
    /// No connection, or a broken one.
    #[error("the address cannot be reached: {0}")]
    Unreachable(String),
    /// An answer that says something went wrong.
    #[error("the address answered {status}")]
    Status {
        /// What it said.
        status: u16,
        /// When to ask again, if it said.
        retry_after: Option<Duration>,
    },
    /// More than wanted.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl HttpError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAnAddress(_) => "invalid_parameters",
            Self::NotAllowed | Self::Private => "address_not_allowed",
            Self::TooManyRedirects(_) => "too_many_redirects",
            Self::Unreachable(_) => "unreachable",
            Self::Status { .. } => "http_status",
            Self::TooLarge(_) => "response_too_large",
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            _ => false,
        }
    }
}

impl From<reqwest::Error> for HttpError {
    /// A guard's own refusal comes back wrapped several times. The address is left out: it may hold a secret.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause: &(dyn Error + 'static) = &error;
        loop {
            if let Some(own) = cause.downcast_ref::<Self>() {
                return own.clone();
            }
            match cause.source() {
                Some(deeper) => cause = deeper,
                None => return Self::Unreachable(cause.to_string()),
            }
        }
    }
}

impl From<HttpError> for TaskError {
    fn from(error: HttpError) -> Self {
        let (code, message) = (error.code(), error.to_string());
        if !error.may_pass() {
            return Permanent::new(code, message).into();
        }
        let retry_after = match error {
            HttpError::Status { retry_after, .. } => retry_after,
            _ => None,
        };
        Retryable { retry_after, ..Retryable::new(code, message) }.into()
    }
}
