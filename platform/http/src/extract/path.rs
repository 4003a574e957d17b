//! Path parameters as a typed value.

use axum::extract::{FromRequestParts, path::ErrorKind, rejection::PathRejection};
use http::request::Parts;
use metier_core::Fault;
use serde::de::DeserializeOwned;

use super::deserialize::violation;
use crate::Problem;

/// The parameters in the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        Ok(Self(read.map_err(refuse)?.0))
    }
}

fn refuse(rejection: PathRejection) -> Fault {
    let PathRejection::FailedToDeserializePathParams(error) = rejection else {
        return Fault::internal(rejection);
    };
    match error.into_kind() {
        ErrorKind::ParseErrorAtKey { key, expected_type, .. } => wants(key, expected_type),
        ErrorKind::ParseErrorAtIndex { expected_type, .. } | ErrorKind::ParseError { expected_type, .. } => {
            wants("path".to_owned(), expected_type)
        }
        ErrorKind::InvalidUtf8InPathParam { key } => violation(key, "must be UTF-8"),
        ErrorKind::DeserializeError { key, message, .. } => violation(key, &message),
        ErrorKind::Message(message) => violation("path", &message),
        programming => Fault::internal(programming.to_string()),
    }
}

fn wants(field: String, expected: &str) -> Fault {
    violation(field, &format!("must be a {expected}"))
}
