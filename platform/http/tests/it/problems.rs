//! Every error has the one shape, and tells no more than it should.

use insta::assert_json_snapshot;

use crate::app::{app, body, get_path, refusal, refused, request, send, text};

#[tokio::test]
async fn a_problem_has_every_field_of_the_standard_and_ours() {
    let response = send(
        app(),
        request("POST", "/products")
            .header("content-type", "application/json")
            .header("x-correlation-id", "the-correlation")
            .body(r#"{"name": "Chair", "sizes": [1, "two"]}"#.into())
            .unwrap(),
    )
    .await;
    assert_json_snapshot!(body(response).await, @r#"
    {
      "code": "invalid_parameters",
      "correlation_id": "the-correlation",
      "detail": "/sizes/1 invalid type: string \"two\", expected u32",
      "status": 400,
      "title": "Bad request",
      "type": "/errors/invalid_parameters",
      "violations": [
        {
          "field": "/sizes/1",
          "message": "invalid type: string \"two\", expected u32"
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn each_kind_of_fault_has_its_status() {
    let table = [
        ("invalid", 400),
        ("unauthenticated", 401),
        ("forbidden", 403),
        ("not_found", 404),
        ("conflict", 409),
        ("stale", 412),
        ("too_large", 413),
        ("rate_limited", 429),
        ("internal", 500),
        ("unavailable", 503),
        ("timeout", 504),
    ];
    for (kind, status) in table {
        let response = send(app(), get_path(&format!("/fail/{kind}"))).await;
        assert_eq!(response.status(), status, "{kind}");
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
        let text = text(response).await;
        assert!(text.contains("some sentence") && !text.contains("secret cause"), "{text}");
    }
}

#[tokio::test]
async fn an_unknown_route_and_a_wrong_method_are_problems() {
    assert_eq!(refusal(get_path("/nowhere")).await, refused(404, "not_found", ""));
    let response = send(app(), request("PATCH", "/products/1").body("".into()).unwrap()).await;
    assert_eq!(response.status(), 405);
    let allowed: Vec<_> =
        response.headers()["allow"].to_str().unwrap().split(',').map(str::to_owned).collect();
    assert!(
        ["PUT", "GET", "DELETE"].iter().all(|method| allowed.contains(&(*method).to_owned())),
        "{allowed:?}"
    );
    assert_eq!(body(response).await["code"], "method_not_allowed");
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_its_text() {
    let response = send(app(), get_path("/panic")).await;
    assert_eq!(response.status(), 500);
    assert!(response.headers().contains_key("x-correlation-id"));
    let text = text(response).await;
    assert!(text.contains("\"internal\"") && !text.contains("the handler broke"), "{text}");
}

#[tokio::test]
async fn a_problem_asked_for_by_head_has_no_body() {
    let response = send(app(), request("HEAD", "/nowhere").body("".into()).unwrap()).await;
    assert_eq!(response.status(), 404);
    assert_eq!(text(response).await, "");
}
