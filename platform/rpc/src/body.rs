//! The body of an answer under guard: it ends at the deadline, survives a panic, and its end is counted.
//!
//! Whatever cuts it short becomes a trailers frame, because a body error reads as `Internal` to the caller.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::Frame;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, Sleep, sleep_until},
};
use tonic::{Code, Status, body::Body};

use crate::{deadline, outcome::Outcome};

/// Keeps an answer's body under guard until its end.
pub(crate) struct Guarded {
    inner: Body,
    deadline: Option<Pin<Box<Sleep>>>,
    outcome: Option<Outcome>,
    permit: Option<OwnedSemaphorePermit>,
    ended: bool,
}

/// Puts the body of an answer under guard; an answer that is all head is only counted.
pub(crate) fn guard(
    response: Response<Body>,
    deadline: Option<Instant>,
    outcome: Outcome,
    permit: Option<OwnedSemaphorePermit>,
) -> Response<Body> {
    if let Some(code) = crate::outcome::code_in_head(&response) {
        outcome.ended(code);
        return response;
    }
    let deadline = deadline.map(|at| Box::pin(sleep_until(at)));
    response.map(|inner| Body::new(Guarded { inner, deadline, outcome: Some(outcome), permit, ended: false }))
}

impl Guarded {
    fn end(&mut self, code: Code) {
        self.ended = true;
        self.inner = Body::empty();
        self.permit = None;
        if let Some(outcome) = self.outcome.take() {
            outcome.ended(code);
        }
    }

    fn end_with(&mut self, status: Status) -> Option<Result<Frame<Bytes>, Status>> {
        self.end(status.code());
        let mut trailers = HeaderMap::new();
        Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers)))
    }

    fn pass(&mut self, frame: Frame<Bytes>) -> Option<Result<Frame<Bytes>, Status>> {
        if let Some(trailers) = frame.trailers_ref() {
            self.end(
                trailers.get(Status::GRPC_STATUS).map_or(Code::Unknown, |it| Code::from_bytes(it.as_bytes())),
            );
        }
        Some(Ok(frame))
    }
}

/// Reads the clock too: a stream that never pauses keeps the runtime from ringing the timer.
fn passed(deadline: Pin<&mut Sleep>, cx: &mut Context<'_>) -> bool {
    Instant::now() >= deadline.deadline() || deadline.poll(cx).is_ready()
}

impl http_body::Body for Guarded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.deadline.as_mut().is_some_and(|deadline| passed(deadline.as_mut(), cx)) {
            return Poll::Ready(self.end_with(deadline::exceeded()));
        }
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.inner).poll_frame(cx)));
        Poll::Ready(match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Some(Ok(frame)))) => self.pass(frame),
            Ok(Poll::Ready(Some(Err(status)))) => self.end_with(status),
            Ok(Poll::Ready(None)) => {
                self.end(Code::Unknown);
                None
            }
            Err(panic) => self.end_with(panicked(&*panic)),
        })
    }
}

/// What a caller sees of a panic: that it happened, not where.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Status {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    crate::status(metier_core::Fault::internal(format!(
        "handler panicked: {}",
        text.as_deref().unwrap_or("no message")
    )))
}

/// The error of the caller's own side of a call, once it has one. The network turns it into a reset stream,
/// so only the caller knows what it was.
#[derive(Clone, Default)]
pub(crate) struct OwnError(Arc<OnceLock<Status>>);

impl OwnError {
    pub(crate) fn get(&self) -> Option<Status> {
        self.0.get().cloned()
    }

    /// The body of a request, watched for errors.
    pub(crate) fn watch(&self, inner: Body) -> Body {
        Body::new(Watched { inner, own_error: self.clone() })
    }

    /// The body of the answer, which ends with the caller's own error rather than with what it led to.
    pub(crate) fn explain(&self, inner: Body) -> Body {
        Body::new(Explained { inner, own_error: self.clone() })
    }
}

struct Watched {
    inner: Body,
    own_error: OwnError,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(Some(Err(status))) = &polled {
            let _first_wins = self.own_error.0.set(status.clone());
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

struct Explained {
    inner: Body,
    own_error: OwnError,
}

impl http_body::Body for Explained {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        let ends = match &polled {
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers(),
            Poll::Ready(_) => true,
            Poll::Pending => false,
        };
        match self.own_error.get().filter(|_| ends) {
            Some(status) => Poll::Ready(Some(Err(status))),
            None => polled,
        }
    }
}
