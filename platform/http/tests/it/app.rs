//! A small service behind the shared edge, and requests to it.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::Request,
    response::Response,
    routing::{get, post, put},
};
use http::{HeaderMap, Method, header::AUTHORIZATION};
use metier_core::{
    Authenticate, BoxFuture, Clock, CorrelationId, Ctx, Fault, FaultKind, Permission, Random, Timestamp,
};
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, LayerOptions, NoContent, Path, Problem, Query, Tagged,
    Visitor, body_limit, layers,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt;

/// Knows one token.
pub struct OneToken;

impl Authenticate for OneToken {
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        _method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>> {
        let answer = match headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap()) {
            None => Ok(Ctx::anonymous(correlation)),
            Some("Bearer good") => Ok(Ctx::service("caller", correlation)),
            Some(_) => Err(Fault::new(FaultKind::Unauthenticated, "token_expired", "sign in again")),
        };
        Box::pin(std::future::ready(answer))
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub name: String,
    #[serde(default)]
    pub sizes: Vec<u32>,
}

#[derive(Deserialize)]
struct Search {
    text: String,
    limit: Option<u32>,
}

/// Tells the test when a request hangs and when it is let go.
#[derive(Clone, Default)]
pub struct Signals {
    pub hanging: Arc<Notify>,
    pub dropped: Arc<Notify>,
}

struct TellOnDrop(Arc<Notify>);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

pub fn options() -> LayerOptions {
    let clock = Clock::manual(Timestamp::from_seconds(1_000_000));
    LayerOptions::new(Arc::new(OneToken), clock, Random::seeded(1))
}

/// The service without its edge.
pub fn routes(signals: &Signals) -> Router {
    let signals = signals.clone();
    let hang = async move || {
        let _told = TellOnDrop(signals.dropped);
        signals.hanging.notify_one();
        std::future::pending::<NoContent>().await
    };
    Router::new()
        .route("/products", post(create))
        .route("/products/{id}", put(update).get(read).delete(async || NoContent))
        .route(
            "/search",
            get(async |Query(search): Query<Search>| format!("{} {:?}", search.text, search.limit)),
        )
        .route("/me", get(async |Caller(ctx): Caller| ctx.actor.to_string()))
        .route("/visit", get(async |Visitor(ctx): Visitor| ctx.actor.to_string()))
        .route("/deadline", get(async |Caller(ctx): Caller| ctx.deadline.unwrap().to_string()))
        .route("/secret", get(secret))
        .route("/fail/{kind}", get(fail))
        .route("/panic", get(async || -> NoContent { panic!("the handler broke") }))
        .route("/hang", get(hang))
        .route("/page", get(async || ([("content-security-policy", "default-src 'self'")], "<html>")))
        .route("/headers", get(async |headers: HeaderMap| format!("{headers:?}")))
        .route("/big", post(async |Json(value): Json<Value>| Json(value)).layer(body_limit(8 * 1024 * 1024)))
        .route("/stream", post(async |request: Request| Response::new(request.into_body())))
}

async fn create(request: Idempotent<Product>) -> Result<Created<Value>, Problem> {
    let key = request.key.as_ref().map(|key| key.as_str().to_owned());
    let body =
        json!({ "name": request.body.name, "key": key, "fingerprint": request.fingerprint.to_string() });
    Ok(Created { location: "/products/1".to_owned(), tag: Some(ETag::version(1)), body })
}

async fn read(Path(id): Path<u32>) -> Tagged<Value> {
    Tagged { tag: ETag::version(7), body: json!({ "id": id }) }
}

async fn update(
    Path(_): Path<u32>,
    seen: IfMatch,
    Json(product): Json<Product>,
) -> Result<Json<Product>, Problem> {
    seen.check(&ETag::version(7))?;
    Ok(Json(product))
}

async fn secret(Caller(ctx): Caller) -> Result<NoContent, Problem> {
    ctx.require(Permission::new("secrets", "read"))?;
    Ok(NoContent)
}

async fn fail(Path(kind): Path<FaultKind>) -> Result<NoContent, Problem> {
    let fault = Fault::new(kind, "some_code", "some sentence").caused_by("the secret cause");
    Err(fault.retry_after(std::time::Duration::from_millis(1_001)).into())
}

/// The service behind its edge.
pub fn app() -> Router {
    layers(routes(&Signals::default()), options())
}

pub fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

pub fn get_path(path: &str) -> Request {
    request("GET", path).body(Body::empty()).unwrap()
}

pub fn post_json(path: &str, body: impl Into<Body>) -> Request {
    request("POST", path).header("content-type", "application/json").body(body.into()).unwrap()
}

pub async fn send(app: Router, request: Request) -> Response {
    app.oneshot(request).await.unwrap()
}

pub async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub async fn body(response: Response) -> Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// The status, the code and the first field at fault of a refused request.
pub async fn refusal(request: Request) -> (u16, String, String) {
    let response = send(app(), request).await;
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem = body(response).await;
    assert_eq!(problem["status"], status);
    let field = problem["violations"][0]["field"].as_str().unwrap_or_default().to_owned();
    (status, problem["code"].as_str().unwrap().to_owned(), field)
}

pub fn refused(status: u16, code: &str, field: &str) -> (u16, String, String) {
    (status, code.to_owned(), field.to_owned())
}
