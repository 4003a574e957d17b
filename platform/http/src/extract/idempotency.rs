//! `Idempotency-Key`: a create sent twice happens once.

use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use http::request::Parts;
use metier_core::Fault;
use serde::de::DeserializeOwned;

use super::json;
use crate::{Fingerprint, Problem};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 128;

/// The client's name for one attempt to create something. Take `Option<IdempotencyKey>` where it is optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn read(parts: &Parts) -> Result<Option<Self>, Fault> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else { return Ok(None) };
        let visible = value.as_bytes().iter().all(u8::is_ascii_graphic);
        let text = value.to_str().unwrap_or_default();
        if values.next().is_some() || !visible || text.is_empty() || text.len() > LONGEST {
            return Err(Fault::invalid(HEADER, "must be one value of 1 to 128 visible ASCII characters"));
        }
        Ok(Some(Self(text.to_owned())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self::read(parts)?.ok_or_else(|| Fault::invalid(HEADER, "is required here"))?)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Problem> {
        Ok(Self::read(parts)?)
    }
}

/// The JSON body of a create, with what is needed to answer a repetition alike.
#[derive(Clone, Debug)]
pub struct Idempotent<T> {
    /// The client's key, if it sent one.
    pub key: Option<IdempotencyKey>,
    /// What was asked, in one hash.
    pub fingerprint: Fingerprint,
    /// What to create.
    pub body: T,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Idempotent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = IdempotencyKey::read(&parts)?;
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let bytes = json::body(Request::from_parts(parts, body), state).await?;
        let fingerprint = Fingerprint::of(&method, &uri, &bytes);
        Ok(Self { key, fingerprint, body: json::parse(&bytes)? })
    }
}
