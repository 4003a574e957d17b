//! Nobody whom an operation is not for gets as far as being told what is wrong with their request.

use std::sync::Arc;

use axum::{Router, extract::Request, response::Response};
use http::{HeaderMap, Method, header::AUTHORIZATION};
use metier_core::{
    Actor, Authenticate, BoxFuture, CorrelationId, Ctx, Fault, FaultKind, Grants, UserId, WorkspaceId,
};
use metier_http::{Json, LayerOptions, Path, Query, admission, layers, openapi};
use serde_json::Value;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::{options, request, send};

/// The token is what its bearer may do, such as `things:make`; `service` is a service, `elsewhere` an administrator
/// of another workspace.
struct TokenOfRights;

impl Authenticate for TokenOfRights {
    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
        _method: &'a Method,
        correlation: CorrelationId,
    ) -> BoxFuture<'a, Result<Ctx, Fault>> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let nobody = Ctx::anonymous(correlation.clone());
        let actor = Actor::User { id: UserId::from_uuid(WorkspaceId::DEFAULT.uuid()) };
        Box::pin(std::future::ready(match token {
            None => Ok(nobody),
            Some("expired") => Err(Fault::new(FaultKind::Unauthenticated, "token_expired", "sign in again")),
            Some("service") => Ok(Ctx::service("caller", correlation)),
            Some("elsewhere") => {
                let workspace = "01900000-0000-7000-8000-000000000009".parse().unwrap();
                Ok(Ctx { actor, workspace, grants: Arc::new(Grants::all()), ..nobody })
            }
            Some(right) => Ok(Ctx { actor, grants: Arc::new(Grants::parse([right]).unwrap()), ..nobody }),
        }))
    }
}

#[utoipa::path(post, path = "/open", security(()), request_body = Vec<u8>, responses((status = 200)))]
async fn open(_body: Json<Vec<u8>>) {}

#[utoipa::path(post, path = "/closed", request_body = Vec<u8>, responses((status = 200)))]
async fn closed(_body: Json<Vec<u8>>) {}

#[utoipa::path(post, path = "/things/{id}", security(("bearer" = ["things:make"])), request_body = Vec<u8>,
    params(("id" = u32, Path)), responses((status = 200)))]
async fn make(_id: Path<u32>, _body: Json<Vec<u8>>) {}

#[utoipa::path(get, path = "/things", security(("bearer" = ["things:read"])), responses((status = 200)))]
async fn list(_query: Query<Vec<(String, u32)>>) {}

#[utoipa::path(post, path = "/kinds", security(("bearer" = ["kinds.*:take"])), request_body = Vec<u8>,
    responses((status = 200)))]
async fn take(_body: Json<Vec<u8>>) {}

#[utoipa::path(post, path = "/own", security(("bearer" = ["person"])), request_body = Vec<u8>,
    responses((status = 200)))]
async fn own(_body: Json<Vec<u8>>) {}

#[utoipa::path(post, path = "/shared", security(("bearer" = ["system:read"])), request_body = Vec<u8>,
    responses((status = 200)))]
async fn shared(_body: Json<Vec<u8>>) {}

fn app() -> Router {
    let described: OpenApiRouter = OpenApiRouter::new()
        .routes(routes!(open))
        .routes(routes!(closed))
        .routes(routes!(make))
        .routes(routes!(list))
        .routes(routes!(take))
        .routes(routes!(own))
        .routes(routes!(shared));
    let (router, api) = described.split_for_parts();
    let options = LayerOptions { authenticate: Arc::new(TokenOfRights), ..options() };
    layers(admission(router, &openapi::finish(api)), options)
}

/// The status of a request that is wrong in every way.
async fn wrong(method: &str, path: &str, token: &str) -> u16 {
    let mut request: Request = request(method, path).body("no JSON".into()).unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    if !token.is_empty() {
        request.headers_mut().insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    }
    let response: Response = send(app(), request).await;
    response.status().as_u16()
}

#[tokio::test]
async fn who_an_operation_is_not_for_is_told_that_and_nothing_of_the_request() {
    for (method, path, token, status) in [
        ("POST", "/open", "", 400),
        ("POST", "/open", "expired", 400),
        ("POST", "/closed", "", 401),
        ("POST", "/closed", "expired", 401),
        ("POST", "/closed", "any:thing", 400),
        ("POST", "/things/one", "", 401),
        ("POST", "/things/one", "things:read", 403),
        ("POST", "/things/one", "things:make", 400),
        ("GET", "/things?a=b", "", 401),
        ("GET", "/things?a=b", "things:make", 403),
        ("HEAD", "/things?a=b", "", 401),
        ("GET", "/things?a=b", "things:read", 400),
        ("POST", "/kinds", "kinds:read", 403),
        ("POST", "/kinds", "kinds:take", 400),
        ("POST", "/kinds", "kinds.one:take", 400),
        ("POST", "/own", "service", 403),
        ("POST", "/own", "any:thing", 400),
        ("POST", "/shared", "system:read", 400),
        ("POST", "/shared", "elsewhere", 403),
        ("POST", "/things/one", "elsewhere", 400),
    ] {
        assert_eq!(wrong(method, path, token).await, status, "{method} {path} as {token:?}");
    }
}

#[test]
fn the_description_says_which_right_an_operation_asks_for() {
    let described: OpenApiRouter = OpenApiRouter::new().routes(routes!(make));
    let api = serde_json::to_value(openapi::finish(described.split_for_parts().1)).unwrap();
    let expected: Value = serde_json::json!([{ "bearer": ["things:make"] }, { "cookie": ["things:make"] }]);
    assert_eq!(api["paths"]["/things/{id}"]["post"]["security"], expected);
}
