//! The one error shape: `application/problem+json`, RFC 9457, made from a [`Fault`] by one table.

use std::borrow::Cow;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use metier_core::{CorrelationId, Fault, FaultKind, Violation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Media type of every error.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What a handler fails with. Anything that turns into a [`Fault`] turns into it, so `?` does it all.
#[derive(Clone, Debug)]
pub struct Problem(pub Fault);

impl<E: Into<Fault>> From<E> for Problem {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Problem {
    /// The fault rides along as an extension: the edge adds the correlation id and logs the cause.
    fn into_response(self) -> Response {
        let mut response = render(&self.0, None);
        response.extensions_mut().insert(self.0);
        response
    }
}

/// An error as it stands in the body of an answer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where the error is described, relative to the documentation: `/errors/{code}`.
    #[serde(rename = "type")]
    #[schema(example = "/errors/not_found")]
    pub reference: String,
    /// The same for every error of the status.
    #[schema(example = "Not found")]
    pub title: Cow<'static, str>,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened, for people.
    #[schema(example = "no run 01a5c0ff-4f6d-7c3a-9c11-8a2b1c3d4e5f")]
    pub detail: String,
    /// What happened, for machines; stable.
    #[schema(example = "not_found")]
    pub code: String,
    /// The fields at fault, when the request is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<ViolationBody>)]
    pub violations: Vec<Violation>,
    /// The request's id, to be quoted when asking for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// One rule that one field broke.
#[derive(ToSchema)]
#[schema(as = Violation)]
#[expect(dead_code, reason = "describes a type of a crate that knows no OpenAPI")]
pub(crate) struct ViolationBody {
    /// JSON pointer or parameter name.
    #[schema(example = "/items/3/iterations")]
    field: String,
    /// What the field must be.
    #[schema(example = "must be between 0 and 1000000")]
    message: String,
}

/// The status of a fault. Three codes that only HTTP knows have a status of their own.
pub fn status_code(fault: &Fault) -> StatusCode {
    match (&*fault.code, fault.kind) {
        ("method_not_allowed", _) => StatusCode::METHOD_NOT_ALLOWED,
        ("unsupported_media_type", _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ("precondition_required", _) => StatusCode::PRECONDITION_REQUIRED,
        (_, FaultKind::Invalid) => StatusCode::BAD_REQUEST,
        (_, FaultKind::Unauthenticated) => StatusCode::UNAUTHORIZED,
        (_, FaultKind::Forbidden) => StatusCode::FORBIDDEN,
        (_, FaultKind::NotFound) => StatusCode::NOT_FOUND,
        (_, FaultKind::Conflict) => StatusCode::CONFLICT,
        (_, FaultKind::Stale) => StatusCode::PRECONDITION_FAILED,
        (_, FaultKind::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        (_, FaultKind::RateLimited) => StatusCode::TOO_MANY_REQUESTS,
        (_, FaultKind::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
        (_, FaultKind::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        (_, FaultKind::Internal) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(crate) fn render(fault: &Fault, correlation: Option<&CorrelationId>) -> Response {
    let status = status_code(fault);
    let body = ProblemBody {
        reference: format!("/errors/{}", fault.code),
        title: title(status),
        status: status.as_u16(),
        detail: fault.message.clone(),
        code: fault.code.clone().into_owned(),
        violations: fault.violations.clone(),
        correlation_id: correlation.map(ToString::to_string),
    };
    let mut response = (status, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = fault.retry_after {
        // Rounded up: who comes back on time must not come too early.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Writes a fault into an answer, with the correlation id; the answer keeps its other headers, such as Allow.
pub(crate) fn complete(response: &mut Response, fault: &Fault, correlation: &CorrelationId) {
    let (parts, body) = render(fault, Some(correlation)).into_parts();
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().extend(parts.headers);
    *response.body_mut() = body;
}

/// An answer of the router itself carries nothing but a status; this is the fault it stands for.
pub(crate) fn bare(response: &Response) -> Option<Fault> {
    if response.headers().contains_key(CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Fault::new(FaultKind::NotFound, "not_found", "there is nothing here")),
        StatusCode::METHOD_NOT_ALLOWED => Some(Fault::new(
            FaultKind::Invalid,
            "method_not_allowed",
            "this method is not offered here; see the Allow header",
        )),
        _ => None,
    }
}

fn title(status: StatusCode) -> Cow<'static, str> {
    let text = status.canonical_reason().unwrap_or("Error");
    let mut title = text.to_lowercase();
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Cow::Owned(title)
}
