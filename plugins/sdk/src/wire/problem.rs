//! How a contract-2 route says no: the problem document of RFC 9457 with a stable code.

use serde::{Deserialize, Serialize};

/// The body of every error of `/v2/...`, sent as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The HTTP status, repeated.
    pub status: u16,
    /// A stable word for programs: `invalid_request`, `checkpoint_refused`, `busy`, `too_large`, `not_found`.
    pub code: String,
    /// A short sentence for people.
    pub title: String,
    /// What was wrong with this request, when there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
