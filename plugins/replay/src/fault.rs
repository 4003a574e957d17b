//! Trouble on demand: what a board may do to its clients.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};

use crate::Replay;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fault {
    /// This status instead of an answer.
    Status {
        /// The status.
        status: u16,
    },
    /// 429 with `Retry-After`.
    TooMany {
        /// Seconds.
        retry_after: u32,
    },
    /// No answer, ever.
    Hang,
    /// The answer, later.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
    /// Half the answer, correctly framed.
    Cut,
    /// Half the answer, then the connection closes.
    Broken,
    /// An answer that never stops.
    Endless,
    /// A redirect.
    Redirect {
        /// Where to.
        to: String,
    },
}

/// An order of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trouble {
    /// What goes wrong.
    pub fault: Fault,
    /// Only for paths that begin so.
    #[serde(default)]
    pub path: String,
    /// How many matching requests are served well before.
    #[serde(default)]
    pub after: u32,
    /// How many matching requests then suffer.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

impl Trouble {
    /// One such fault, for the next request.
    pub fn once(fault: Fault) -> Self {
        Self { fault, path: String::new(), after: 0, times: 1 }
    }

    /// Only for paths that begin so.
    pub fn on(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// Only after so many good answers.
    pub fn after(self, after: u32) -> Self {
        Self { after, ..self }
    }

    /// So many times.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

/// Notes the request, and lets it suffer if trouble was ordered for it.
pub(crate) async fn make_trouble(State(replay): State<Replay>, request: Request, next: Next) -> Response {
    let fault = replay.control.note(request.uri());
    match fault {
        None => next.run(request).await,
        Some(Fault::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            next.run(request).await
        }
        Some(Fault::Cut) => half(next.run(request).await, false).await,
        Some(Fault::Broken) => half(next.run(request).await, true).await,
        Some(Fault::Hang) => std::future::pending().await,
        Some(fault) => instead(&fault),
    }
}

fn instead(fault: &Fault) -> Response {
    match fault {
        Fault::TooMany { retry_after } => {
            let pause = [(header::RETRY_AFTER, retry_after.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, pause, "too many requests").into_response()
        }
        Fault::Redirect { to } => {
            let target = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
            (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
        }
        Fault::Endless => {
            let spaces =
                stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 16 * 1024])));
            Body::from_stream(spaces).into_response()
        }
        Fault::Status { status } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "ordered trouble").into_response()
        }
        Fault::Hang | Fault::Slow { .. } | Fault::Cut | Fault::Broken => {
            StatusCode::NOT_IMPLEMENTED.into_response()
        }
    }
}

async fn half(response: Response, broken: bool) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = body.collect().await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let whole = whole.to_bytes();
    let first = whole.slice(..whole.len() / 2);
    if !broken {
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::from(first));
    }
    let cut = stream::iter([Ok(first), Err(std::io::Error::other("ordered trouble"))]);
    Response::from_parts(parts, Body::from_stream(cut.boxed()))
}
