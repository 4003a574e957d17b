//! Server-sent events: a stream that survives proxies, quiet hours and reconnects.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::FromRequestParts,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt};
use http::{HeaderName, HeaderValue, request::Parts};
use metier_core::Fault;

use crate::Problem;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
const LONGEST_ID: usize = 512;

/// Answers with events until the stream ends, the client goes, or the process stops: an open stream would
/// otherwise hold a soft stop up to its limit.
pub fn events(
    stream: impl Stream<Item = Event> + Send + 'static,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let stream = stream.take_until(stop).map(Ok::<_, Infallible>);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Without it some proxies collect the events before they pass them on.
    let unbuffered = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(unbuffered, HeaderValue::from_static("no"));
    response
}

/// Where a client's stream broke off: the `Last-Event-ID` header, sent by browsers that reconnect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("last-event-id") else { return Ok(Self(None)) };
        match value.to_str() {
            Ok(text) if text.len() <= LONGEST_ID => {
                Ok(Self(Some(text.to_owned()).filter(|text| !text.is_empty())))
            }
            _ => {
                Err(Fault::invalid("last-event-id", format!("must be at most {LONGEST_ID} ASCII characters"))
                    .into())
            }
        }
    }
}
