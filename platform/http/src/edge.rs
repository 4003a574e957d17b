//! The outermost layer: gives each request its correlation id, trace and span, and completes each answer.

use std::{any::Any, borrow::Cow, sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        X_FRAME_OPTIONS,
    },
};
use metier_core::{CorrelationId, Fault, FaultKind};
use metier_rpc::{CORRELATION_HEADER, TraceContext};
use tracing::Instrument;

use crate::{LayerOptions, Problem, problem};

/// For an API: nothing may be run, framed, sniffed, or kept. A handler that serves pages sets its own.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (CACHE_CONTROL, "no-store"),
];

pub(crate) async fn edge(
    State(options): State<Arc<LayerOptions>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (correlation, trace) = identify(&options, request.headers());
    mark(&mut request, &correlation, trace);
    let mut seen = Seen::new(&request, &correlation, trace);
    let mut response = trace.scope(next.run(request)).instrument(seen.span.clone()).await;
    seen.span.in_scope(|| complete(&mut response, &correlation));
    if seen.method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    seen.status = Some(response.status().as_u16());
    response
}

/// The ids a request came with, or fresh ones. A trace without a correlation id names it.
fn identify(options: &LayerOptions, headers: &HeaderMap) -> (CorrelationId, TraceContext) {
    let given = headers.get(CORRELATION_HEADER).and_then(|value| value.to_str().ok()?.parse().ok());
    let trace = TraceContext::of(headers);
    let correlation = given
        .or_else(|| trace.and_then(|trace| trace.trace_id().parse().ok()))
        .unwrap_or_else(|| CorrelationId::fresh(&options.clock, &options.random));
    let trace = trace.unwrap_or_else(|| TraceContext::start(&correlation, &options.random));
    (correlation, trace)
}

/// Written back as headers too, so that a proxied request carries them on.
fn mark(request: &mut Request, correlation: &CorrelationId, trace: TraceContext) {
    let headers = request.headers_mut();
    join_cookies(headers);
    let correlation_header = HeaderValue::from_str(correlation.as_str()).ok();
    for (name, value) in [(CORRELATION_HEADER, correlation_header), (TraceContext::HEADER, trace.header())] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    request.extensions_mut().insert(correlation.clone());
}

/// HTTP/2 may send each cookie on its own; whoever reads them expects one line.
fn join_cookies(headers: &mut HeaderMap) {
    let lines: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if lines.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
        headers.insert(COOKIE, joined);
    }
}

fn complete(response: &mut Response, correlation: &CorrelationId) {
    let fault = response.extensions_mut().remove::<Fault>().or_else(|| problem::bare(response));
    if let Some(fault) = fault {
        log(&fault);
        problem::complete(response, &fault, correlation);
    }
    let headers = response.headers_mut();
    for (name, value) in &SECURITY_HEADERS {
        headers.entry(name).or_insert_with(|| HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(correlation.as_str()) {
        headers.insert(CORRELATION_HEADER, value);
    }
}

fn log(fault: &Fault) {
    match fault.kind {
        FaultKind::Internal => tracing::error!(code = %fault.code, error = fault.chain(), "request failed"),
        FaultKind::Unavailable | FaultKind::Timeout => {
            tracing::warn!(code = %fault.code, error = fault.chain(), "request failed");
        }
        _ => tracing::debug!(code = %fault.code, error = fault.chain(), "request refused"),
    }
}

/// A panic in a handler, as the caller sees it and as the log does.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| Cow::from(*text));
    let text = text.or_else(|| panic.downcast_ref::<String>().map(|text| Cow::from(text.clone())));
    let cause = format!("handler panicked: {}", text.as_deref().unwrap_or("no message"));
    Problem(Fault::internal(cause)).into_response()
}

/// Counts the request when it ends, also when the caller went away before.
struct Seen {
    method: Method,
    route: String,
    started: Instant,
    status: Option<u16>,
    span: tracing::Span,
}

impl Seen {
    fn new(request: &Request, correlation: &CorrelationId, trace: TraceContext) -> Self {
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or_else(|| "unmatched".to_owned(), |route| route.as_str().to_owned());
        let span = tracing::info_span!(
            "http",
            %method,
            route,
            correlation_id = %correlation,
            trace_id = trace.trace_id(),
            actor = tracing::field::Empty,
        );
        Self { method, route, started: Instant::now(), status: None, span }
    }

    /// A stranger may invent methods; they must not become labels.
    fn method_label(&self) -> &'static str {
        let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD];
        let names = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
        known.iter().position(|known| *known == self.method).map_or("OTHER", |index| names[index])
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        let status = self.status.map_or_else(|| "gone".to_owned(), |status| status.to_string());
        let took = self.started.elapsed();
        let labels = [
            ("method", self.method_label().to_owned()),
            ("route", self.route.clone()),
            ("status", status.clone()),
        ];
        metrics::counter!("metier_http_requests_total", &labels).increment(1);
        metrics::histogram!("metier_http_request_seconds", &labels[..2]).record(took);
        self.span.in_scope(|| tracing::debug!(status, took_us = took.as_micros(), "request ended"));
    }
}
