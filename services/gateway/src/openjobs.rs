//! OpenJobs' own door: its bare paths, `/jobs` and the rest, on a port of their own, for clients made for it.
//!
//! Who comes in, and how much they may ask, is decided as at the public door and by the same code. What differs is
//! how its clients speak: they show a key as `X-API-Key`, they know no cookies, and they read errors in an envelope.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{map_request, map_response},
    response::{IntoResponse, Response},
    routing::any,
    serve::Listener,
};
use http::{
    HeaderValue, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE},
};
use http_body_util::{BodyExt, Limited};
use metier_core::Fault;
use metier_harness::Loop;
use metier_http::{Json, LayerOptions, Problem, ProblemBody, ServeOptions, bind, layers, serve};
use serde_json::{Value, json};

use crate::{
    domain::routes,
    entry::Entry,
    proxy::{Passage, pass},
};

/// Where OpenJobs' clients show their key.
pub const KEY_HEADER: &str = "x-api-key";
const SETTING: &str = "gateway.openjobs_listen";
/// Longest error of ours that is read to be told anew.
const LONGEST_PROBLEM: usize = 64 * 1024;

/// OpenJobs' paths, the edge around them.
pub fn router(passage: Passage, entry: &Entry, edge: LayerOptions) -> Router {
    let routes = Router::new().route("/", any(pass_on)).route("/{*path}", any(pass_on)).with_state(passage);
    layers(entry.before(routes), edge).layer(map_request(as_ours)).layer(map_response(as_theirs))
}

/// The loop that answers there. The port is taken now, so that one in use keeps the process from starting.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn listener(address: SocketAddr, router: Router) -> Result<Loop, Fault> {
    let bound = bind(address).await.map_err(|error| taken(address, error))?;
    let address = bound.local_addr().map_err(|error| taken(address, error))?;
    let bound = Arc::new(Mutex::new(Some(bound)));
    Ok(Loop::new("openjobs", move |stop| {
        let bound = bound.lock().unwrap_or_else(PoisonError::into_inner).take();
        let router = router.clone();
        async move {
            let listener = match bound {
                Some(listener) => listener,
                None => bind(address).await.map_err(|error| taken(address, error))?,
            };
            tracing::info!(service = "gateway", "listening for OpenJobs' clients on http://{address}");
            // The harness says when to end, and cuts what outlasts that.
            let options = ServeOptions { grace: Duration::MAX, ..ServeOptions::default() };
            serve(listener, router, &options, stop.cancelled()).await;
            Ok(())
        }
    }))
}

fn taken(address: SocketAddr, error: io::Error) -> Fault {
    let message = format!("cannot be {address}: does another program, or another metier, use that port?");
    Fault::invalid(SETTING, message).caused_by(error)
}

async fn pass_on(State(passage): State<Passage>, mut request: Request) -> Response {
    match target(request.uri()) {
        Ok(target) => {
            *request.uri_mut() = target;
            pass(State(passage), request).await
        }
        Err(fault) => Problem(fault).into_response(),
    }
}

/// Where the service answers what was asked for here.
fn target(asked: &Uri) -> Result<Uri, Fault> {
    let mut target = routes::openjobs(asked.path());
    if let Some(query) = asked.query() {
        target.push('?');
        target.push_str(query);
    }
    Uri::try_from(target).map_err(|error| Fault::invalid("path", "is too long").caused_by(error))
}

/// A key becomes the bearer it is at the public door; one beside a bearer is refused there as a second one. A
/// cookie is the public door's: browsers send it to every port of a host.
async fn as_ours(mut request: Request) -> Request {
    let headers = request.headers_mut();
    headers.remove(COOKIE);
    let keys: Vec<_> = headers.get_all(KEY_HEADER).iter().map(bearer).collect();
    headers.remove(KEY_HEADER);
    for key in keys {
        headers.append(AUTHORIZATION, key);
    }
    request
}

fn bearer(key: &HeaderValue) -> HeaderValue {
    let value = HeaderValue::from_bytes(&[b"Bearer ", key.as_bytes()].concat());
    // What cannot be said is no key, and must not pass for none.
    let mut value = value.unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

/// Errors of the door and of the edges, in OpenJobs' envelope. The service's own answers are in it already.
async fn as_theirs(response: Response) -> Response {
    if response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != "application/problem+json") {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let told = Json(envelope(head.status, body).await).into_response();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.extend(told.headers().clone());
    Response::from_parts(head, told.into_body())
}

async fn envelope(status: StatusCode, body: Body) -> Value {
    let read = Limited::new(body, LONGEST_PROBLEM).collect().await;
    let problem = read.ok().and_then(|read| serde_json::from_slice::<ProblemBody>(&read.to_bytes()).ok());
    let Some(problem) = problem else {
        return json!({ "success": false, "message": status.to_string() });
    };
    let fields = problem.violations.iter().map(|it| format!("; {}: {}", it.field, it.message));
    let message: String = std::iter::once(problem.detail.clone()).chain(fields).collect();
    json!({
        "success": false, "message": message, "code": problem.code, "correlation_id": problem.correlation_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_goes_along_unchanged() {
        let target = |asked: &str| target(&asked.parse().unwrap()).unwrap().to_string();
        assert_eq!(target("/"), "/compat/openjobs");
        assert_eq!(target("/?a=1"), "/compat/openjobs?a=1");
        assert_eq!(target("/jobs?limit=2&offset=%34"), "/compat/openjobs/jobs?limit=2&offset=%34");
        assert_eq!(target("http://openjobs.example/jobs/a%2Fb"), "/compat/openjobs/jobs/a%2Fb");
    }

    #[tokio::test]
    async fn a_key_becomes_a_bearer_and_a_cookie_is_left_outside() {
        let request = Request::builder().header(KEY_HEADER, "mtr_1").header("cookie", "metier_session=1");
        let ours = as_ours(request.body(Body::empty()).unwrap()).await;
        let headers: Vec<_> = ours.headers().iter().map(|(name, value)| (name.as_str(), value)).collect();
        assert_eq!(headers, [("authorization", &HeaderValue::from_static("Bearer mtr_1"))]);
        assert!(headers[0].1.is_sensitive());
    }

    #[tokio::test]
    async fn a_key_beside_a_bearer_hides_nothing() {
        let request = Request::builder().header(KEY_HEADER, "mtr_1").header(AUTHORIZATION, "Bearer mtr_2");
        let ours = as_ours(request.body(Body::empty()).unwrap()).await;
        assert_eq!(ours.headers().get_all(AUTHORIZATION).iter().count(), 2);
    }

    #[tokio::test]
    async fn an_error_that_cannot_be_read_is_still_told_in_the_envelope() {
        let problem = [(CONTENT_TYPE, "application/problem+json")];
        let told = as_theirs((StatusCode::BAD_GATEWAY, problem, "{").into_response()).await;
        assert_eq!(
            (told.status(), &told.headers()[CONTENT_TYPE]),
            (StatusCode::BAD_GATEWAY, &HeaderValue::from_static("application/json"))
        );
        let body = told.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(&*body, br#"{"message":"502 Bad Gateway","success":false}"#);
    }

    #[test]
    fn a_path_that_only_just_fits_is_refused_and_nothing_worse() {
        let asked: Uri = format!("/{}", "a".repeat(65_530)).parse().unwrap();
        assert_eq!(target(&asked).unwrap_err().code, "invalid_parameters");
    }
}
