//! Query parameters as a typed value.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::deserialize::{read, violation};
use crate::Problem;

/// The query parameters. Whether unknown ones are refused is the type's own business.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let value = read(serde_urlencoded::Deserializer::new(pairs), "query");
        Ok(Self(
            value.map_err(|(field, error)| violation(field.trim_start_matches('/'), &error.to_string()))?,
        ))
    }
}
