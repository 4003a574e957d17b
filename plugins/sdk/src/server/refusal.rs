//! How a contract-2 route says no.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::wire::Problem;

/// A refusal with a stable code, answered as a problem document.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) detail: Option<String>,
}

impl Refusal {
    /// The refusal of a second sync at the same time.
    pub(super) fn busy() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "busy",
            title: "a sync is running; the plugin serves one at a time",
            detail: None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let busy = self.status == StatusCode::SERVICE_UNAVAILABLE;
        let problem = Problem {
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            title: self.title.to_owned(),
            detail: self.detail,
        };
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if busy {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        response
    }
}

/// The answer to a path the contract does not know.
pub(super) async fn not_found() -> Refusal {
    let title = "a source plugin has no such path";
    Refusal { status: StatusCode::NOT_FOUND, code: "not_found", title, detail: None }
}
