//! How a call ended, counted once for each: also when the caller went away before the end.

use std::time::{Duration, Instant};

use http::Response;
use tonic::{Code, Status, body::Body};

/// Lives as long as the call and reports when dropped.
pub(crate) struct Outcome {
    side: &'static str,
    method: String,
    started: Instant,
    code: Code,
    span: tracing::Span,
}

impl Outcome {
    pub(crate) fn server(method: String, span: tracing::Span) -> Self {
        Self { side: "server", method, started: Instant::now(), code: Code::Cancelled, span }
    }

    pub(crate) fn client(method: String) -> Self {
        let span = tracing::Span::none();
        Self { side: "client", method, started: Instant::now(), code: Code::Cancelled, span }
    }

    pub(crate) fn ended(mut self, code: Code) {
        self.code = code;
    }

    fn report(&self, took: Duration) {
        // A stranger may invent method names; they must not become labels.
        let method = if self.code == Code::Unimplemented { "unknown" } else { &self.method };
        let labels = [
            ("side", self.side.to_owned()),
            ("method", method.to_owned()),
            ("code", format!("{:?}", self.code)),
        ];
        metrics::counter!("metier_rpc_calls_total", &labels).increment(1);
        metrics::histogram!("metier_rpc_call_seconds", &labels[..2]).record(took);
        self.span.in_scope(|| tracing::debug!(code = ?self.code, took_us = took.as_micros(), "call ended"));
    }
}

impl Drop for Outcome {
    fn drop(&mut self) {
        self.report(self.started.elapsed());
    }
}

/// The status that stands in the head of an answer, when it is all the answer there is.
pub(crate) fn code_in_head(response: &Response<Body>) -> Option<Code> {
    response.headers().get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}
