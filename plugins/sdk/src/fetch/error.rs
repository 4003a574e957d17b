//! Why a source could not be asked. No variant holds the address, which may carry a key.

use std::time::Duration;

/// Why a source could not be asked, after every retry.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(#[source] reqwest::Error),
    /// The address to ask is not one.
    #[error("the source's address is not usable: {0}")]
    Address(String),
    /// No connection, or a broken one.
    #[error("the source cannot be reached: {0}")]
    Connection(String),
    /// No answer in time.
    #[error("the source did not answer within {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// An answer with an unwelcome status.
    #[error("the source answered {status}{}", detail.as_deref().map(|it| format!(": {it}")).unwrap_or_default())]
    Status {
        /// The status.
        status: u16,
        /// The beginning of what it said.
        detail: Option<String>,
    },
    /// The source asks for a longer pause than we wait.
    #[error("the source asks to wait {} s before the next request", .0.as_secs())]
    WaitTooLong(Duration),
    /// A redirect, which we never follow.
    #[error("the source redirects elsewhere ({status}), which is not followed")]
    Redirected {
        /// The status.
        status: u16,
    },
    /// More bytes than allowed.
    #[error("the source's answer is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection closed before the whole answer came.
    #[error("the source's answer broke off after {0} bytes")]
    BrokeOff(usize),
    /// The answer stops in the middle of its JSON.
    #[error("the source's answer is cut off: its JSON stops after {0} bytes")]
    CutOff(usize),
    /// The answer is something else than JSON.
    #[error("the source's answer is not JSON: {0}")]
    NotJson(String),
}

impl FetchError {
    /// Whether the same request may well succeed a little later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) | Self::TimedOut(_) | Self::BrokeOff(_) | Self::CutOff(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}
