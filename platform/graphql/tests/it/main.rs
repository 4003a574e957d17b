//! Requests and answers over HTTP, for a schema of three fields.
#![allow(clippy::unwrap_used, reason = "a broken expectation fails the test")]

use std::sync::Arc;

use async_graphql::{Context, EmptyMutation, Object, Result, Schema, Subscription};
use axum::{body::Body, extract::Request, http::StatusCode, response::Response};
use futures::{Stream, stream};
use http_body_util::BodyExt;
use metier_core::{Actor, CorrelationId, Ctx, Fault, Grants, UserId, WorkspaceId};
use metier_graphql::{COSTLY, Whole, answer, limited, refused};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

struct Query;

#[Object]
impl Query {
    async fn number(&self, context: &Context<'_>) -> Result<Whole> {
        context.append_http_header("x-told", "once");
        Ok(Whole(1_042))
    }

    async fn forbidden(&self) -> Result<bool> {
        Err(refused(Fault::invalid("/name", "is wrong")))
    }

    async fn broken(&self) -> Result<bool> {
        Err(refused(Fault::internal("the password of the database is secret")))
    }

    #[graphql(complexity = "COSTLY")]
    async fn costly(&self) -> bool {
        true
    }
}

struct Count;

#[Subscription]
impl Count {
    async fn count(&self) -> impl Stream<Item = Whole> {
        stream::iter([Whole(1), Whole(2)])
    }
}

fn somebody() -> Ctx {
    Ctx {
        actor: Actor::User { id: UserId::from_uuid(WorkspaceId::DEFAULT.uuid()) },
        workspace: WorkspaceId::DEFAULT,
        grants: Arc::new(Grants::default()),
        correlation: "test".parse::<CorrelationId>().unwrap(),
        deadline: None,
    }
}

fn nobody() -> Ctx {
    Ctx::anonymous("test".parse().unwrap())
}

fn request(query: &str, accept: &str) -> Request {
    let request = Request::builder().method("POST").header("content-type", "application/json; charset=utf-8");
    request.header("accept", accept).body(Body::from(json!({ "query": query }).to_string())).unwrap()
}

async fn send(ctx: Result<Ctx, Fault>, request: Request) -> Response {
    let schema = limited(Schema::build(Query, EmptyMutation, Count)).finish();
    answer(&schema, ctx, &CancellationToken::new(), request, |request| request).await
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn ask(ctx: Ctx, query: &str) -> Value {
    let response = send(Ok(ctx), request(query, "*/*")).await;
    assert_eq!(response.status(), StatusCode::OK);
    serde_json::from_str(&text(response).await).unwrap()
}

#[tokio::test]
async fn a_whole_number_is_an_integer_and_headers_of_fields_are_sent() {
    let response = send(Ok(somebody()), request("{ number }", "application/json")).await;
    assert_eq!(response.headers()["x-told"], "once");
    assert_eq!(text(response).await, r#"{"data":{"number":1042}}"#);
}

#[tokio::test]
async fn an_error_of_a_field_has_the_stable_code_and_what_is_wrong() {
    let told = ask(somebody(), "{ forbidden }").await;
    let extensions = &told["errors"][0]["extensions"];
    assert_eq!((&extensions["code"], &extensions["status"]), (&json!("invalid_parameters"), &json!(400)));
    assert_eq!(extensions["violations"], json!([{ "field": "/name", "message": "is wrong" }]));
}

#[tokio::test]
async fn our_own_fault_is_told_without_its_cause() {
    let told = ask(somebody(), "{ broken }").await;
    assert_eq!(told["errors"][0]["extensions"]["code"], "internal");
    assert!(!told.to_string().contains("secret"), "{told}");
}

#[tokio::test]
async fn what_graphql_itself_refuses_has_a_code_too() {
    for query in ["{ nothing }", "{", "", "{ a: costly b: costly }", "query A { number } query B { number }"]
    {
        let told = ask(somebody(), query).await;
        assert_eq!(told["errors"][0]["extensions"]["code"], "graphql_invalid", "{query}: {told}");
    }
    let deep = |depth: usize| format!("{}number{}", "{ ... on Query ".repeat(depth), "}".repeat(depth));
    assert_eq!(ask(somebody(), &deep(50)).await["errors"][0]["extensions"]["code"], "graphql_invalid");
    let unread = send(Ok(somebody()), request(&deep(10_000), "*/*")).await;
    assert_eq!(unread.status(), StatusCode::BAD_REQUEST);
    assert!(text(unread).await.contains("graphql_invalid"));
    assert_eq!(ask(somebody(), "{ costly }").await["data"]["costly"], true);
}

#[tokio::test]
async fn the_schema_is_told_to_who_has_signed_in() {
    let query = "{ __schema { queryType { name } } }";
    assert_eq!(ask(somebody(), query).await["data"]["__schema"]["queryType"]["name"], "Query");
    assert_eq!(ask(nobody(), query).await["data"]["__schema"], Value::Null);
}

#[tokio::test]
async fn who_may_ask_nothing_hears_it_by_the_status_and_in_the_form_of_graphql() {
    let refused = send(nobody().require_somebody().map(|()| nobody()), request("{ number }", "*/*")).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let told: Value = serde_json::from_str(&text(refused).await).unwrap();
    assert_eq!(told["errors"][0]["extensions"]["code"], "unauthenticated");
}

#[tokio::test]
async fn only_one_request_as_json_is_read() {
    let with = |kind: &str, body: &str| {
        let request = Request::builder().method("POST").header("content-type", kind);
        send(Ok(somebody()), request.body(Body::from(body.to_owned())).unwrap())
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ""] {
        assert_eq!(with(kind, "{\"query\":\"{ number }\"}").await.status(), 415, "{kind}");
    }
    for body in ["", "{", "[{\"query\":\"{ number }\"}]", "7"] {
        assert_eq!(with("application/json", body).await.status(), 400, "{body}");
    }
}

#[tokio::test]
async fn a_subscription_comes_as_events_and_as_nothing_else() {
    let query = "subscription { count }";
    let response = send(Ok(somebody()), request(query, "application/json, text/event-stream;q=0.9")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let told = text(response).await;
    let data: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(data[..2], [r#"{"data":{"count":1}}"#, r#"{"data":{"count":2}}"#], "{told}");
    assert!(told.contains("event: next") && told.trim_end().contains("event: complete"), "{told}");
    assert_eq!(ask(somebody(), query).await["data"], Value::Null);
}
