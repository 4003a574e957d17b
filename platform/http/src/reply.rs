//! Answers that say more than a body: created where, which version, nothing at all.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{ETAG, LOCATION},
};
use metier_core::Fault;
use serde::Serialize;

use crate::{ETag, Json, Problem};

/// `201 Created`, with where to find it and its first version.
#[derive(Clone, Debug)]
pub struct Created<T> {
    /// Path of the new thing.
    pub location: String,
    /// Its version, when it has one.
    pub tag: Option<ETag>,
    /// The thing itself.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let Ok(location) = HeaderValue::try_from(self.location) else {
            return Problem(Fault::internal("a location that is no header value")).into_response();
        };
        let mut response = (StatusCode::CREATED, [(LOCATION, location)], Json(self.body)).into_response();
        add_tag(&mut response, self.tag.as_ref());
        response
    }
}

/// `200 OK` with the version the body shows.
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    /// The version.
    pub tag: ETag,
    /// What it looks like.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        add_tag(&mut response, Some(&self.tag));
        response
    }
}

/// `204 No Content`.
#[derive(Clone, Copy, Debug)]
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

fn add_tag(response: &mut Response, tag: Option<&ETag>) {
    if let (true, Some(value)) = (response.status().is_success(), tag.and_then(ETag::header)) {
        response.headers_mut().insert(ETAG, value);
    }
}
