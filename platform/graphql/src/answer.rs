//! One request, answered as JSON or as events.

use async_graphql::{Executor, Request, Response as Answer, ServerError};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request as HttpRequest},
    response::{IntoResponse, Response, sse::Event},
};
use futures::{StreamExt, stream};
use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use metier_core::{Actor, Ctx, Fault, FaultKind};
use metier_http::{Json, status_code};
use tokio_util::sync::CancellationToken;

use crate::{fault, size};

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";

/// Answers a request of whoever `ctx` says, with `data` for the resolvers beside it.
///
/// Errors of fields come with status 200, as GraphQL has it. What cannot be read, and who may ask for nothing at
/// all, is told by the status as well, in the same form.
pub async fn answer<E: Executor>(
    schema: &E,
    ctx: Result<Ctx, Fault>,
    stop: &CancellationToken,
    http: HttpRequest,
    data: impl FnOnce(Request) -> Request,
) -> Response {
    let wants_events = accepts_events(http.headers());
    let asked = async {
        let (ctx, mut request) = (ctx?, read(http).await?);
        size::check(&mut request)?;
        Ok((ctx, request))
    };
    let (ctx, request) = match asked.await {
        Ok(asked) => asked,
        Err(fault) => return whole_refused(&fault),
    };
    // Whoever has not signed in learns nothing of what there is.
    let request = if ctx.actor == Actor::Anonymous { request.disable_introspection() } else { request };
    let request = data(request.data(ctx));
    if wants_events {
        as_events(schema, request, stop.clone())
    } else {
        as_json(schema.execute(request).await)
    }
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted
        .any(|value| value.split(',').any(|kind| kind.split(';').next().unwrap_or_default().trim() == EVENTS))
}

async fn read(http: HttpRequest) -> Result<Request, Fault> {
    let kind = http.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A form of another site can send anything but this, so it is also what keeps other sites from asking.
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON) {
        let message = "send the request as application/json: {\"query\": ..., \"variables\": ...}";
        return Err(Fault::new(FaultKind::Invalid, "unsupported_media_type", message));
    }
    let body = Bytes::from_request(http, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Fault::new(
            FaultKind::TooLarge,
            "body_too_large",
            "the request is over the limit of this endpoint",
        ),
        _ => Fault::new(FaultKind::Invalid, "body_broke_off", "the request broke off"),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        Fault::new(FaultKind::Invalid, "malformed_json", format!("not a GraphQL request: {error}"))
    })
}

/// An answer to everything that was asked: nothing of it.
fn whole_refused(fault: &Fault) -> Response {
    let mut error = ServerError::new(fault.message.clone(), None);
    fault::describe(fault, error.extensions.get_or_insert_default());
    let mut response = as_json(Answer::from_errors(vec![error]));
    *response.status_mut() = status_code(fault);
    response
}

fn as_json(mut answer: Answer) -> Response {
    answer.errors.iter_mut().for_each(name_code);
    let headers = std::mem::take(&mut answer.http_headers);
    let mut response = Json(answer).into_response();
    response.headers_mut().extend(headers);
    response
}

/// What GraphQL itself refuses, before any of our operations, has a code too.
fn name_code(error: &mut ServerError) {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", "graphql_invalid");
        extensions.set("status", 400);
    }
}

fn as_events<E: Executor>(schema: &E, request: Request, stop: CancellationToken) -> Response {
    let answers = schema.execute_stream(request, None);
    let next = answers.map(|mut answer: Answer| {
        answer.errors.iter_mut().for_each(name_code);
        let text = serde_json::to_string(&answer).unwrap_or_else(|_| "null".to_owned());
        Event::default().event("next").data(text)
    });
    let complete = stream::once(async { Event::default().event("complete").data("") });
    metier_http::events(next.chain(complete), async move { stop.cancelled().await })
}
