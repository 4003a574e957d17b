//! The envelope around nearly every answer: `{"success": bool, "data": any, "message": string?}`.

use axum::response::{IntoResponse, Response};
use metier_core::Fault;
use metier_http::{Json, Problem, status_code};
use serde::Serialize;
use serde_json::json;

/// An answer.
#[derive(Serialize)]
pub struct Envelope<T> {
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// What a handler answers.
pub type Answer<T> = Result<Json<Envelope<T>>, Problem>;

/// With data.
pub fn data<T>(data: T) -> Json<Envelope<T>> {
    Json(Envelope { success: true, data: Some(data), message: None })
}

/// With data and a word about it.
pub fn told<T>(data: T, message: impl Into<String>) -> Json<Envelope<T>> {
    Json(Envelope { success: true, data: Some(data), message: Some(message.into()) })
}

/// With a word alone.
pub fn word(message: impl Into<String>) -> Json<Envelope<()>> {
    Json(Envelope { success: true, data: None, message: Some(message.into()) })
}

/// Puts an error into the envelope. The status is its own; `code` is there for machines.
pub async fn refused(mut response: Response) -> Response {
    // Taken out, or the edge would write it anew in the native shape.
    let Some(fault) = response.extensions_mut().remove::<Fault>() else { return response };
    if status_code(&fault).is_server_error() {
        tracing::error!(error = &fault as &dyn std::error::Error, "an OpenJobs route failed");
    }
    let fields = fault.violations.iter().map(|it| format!("; {}: {}", it.field, it.message));
    let message: String = std::iter::once(fault.message.clone()).chain(fields).collect();
    let body = Json(json!({ "success": false, "message": message, "code": fault.code }));
    let mut answer = (status_code(&fault), body).into_response();
    for name in ["www-authenticate", "retry-after"] {
        if let Some(value) = response.headers().get(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}
