//! The context the edge has made of a request's credentials.

use axum::extract::FromRequestParts;
use http::{Extensions, request::Parts};
use metier_core::{CorrelationId, Ctx, Fault};

use crate::Problem;

/// What authentication said; put into the request by [`crate::layers`].
#[derive(Clone)]
pub(crate) struct Authenticated(pub(crate) Result<Ctx, Fault>);

impl Authenticated {
    /// What authentication said of this request.
    pub(crate) fn of(extensions: &Extensions) -> Result<Ctx, Fault> {
        extensions.get::<Self>().ok_or_else(outside)?.0.clone()
    }
}

/// The context of the one who asks. Credentials that do not hold are refused; none at all are anonymous, and
/// [`Ctx::require`] refuses later.
#[derive(Clone, Debug)]
pub struct Caller(pub Ctx);

/// The context of whoever asks, where it does not matter who: credentials that do not hold count as none, so
/// that someone with an expired cookie can still sign in or refresh.
#[derive(Clone, Debug)]
pub struct Visitor(pub Ctx);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self(Authenticated::of(&parts.extensions)?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let correlation = parts.extensions.get::<CorrelationId>().cloned().ok_or_else(outside)?;
        let known = Authenticated::of(&parts.extensions);
        Ok(Self(known.unwrap_or_else(|_refused| Ctx::anonymous(correlation))))
    }
}

fn outside() -> Fault {
    Fault::internal("the router is not within metier_http::layers")
}
