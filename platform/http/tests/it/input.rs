//! Bad input is refused by name, and good input is understood.

use axum::body::Body;

use crate::app::{app, body, get_path, post_json, refusal, refused, request, send, text};

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let untyped = request("POST", "/products").body(Body::from("{}")).unwrap();
    assert_eq!(refusal(untyped).await, refused(415, "unsupported_media_type", ""));
    let form = request("POST", "/products").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(refusal(form.body("a=b".into()).unwrap()).await.0, 415);
    for (bytes, code) in [
        (&b""[..], "malformed_json"),
        (b"{", "malformed_json"),
        (b"{\"name\": \"a\"} more", "malformed_json"),
        (b"\xff\xfe", "not_utf8"),
        (b"{\"name\": \"\xff\"}", "not_utf8"),
    ] {
        assert_eq!(refusal(post_json("/products", bytes)).await, refused(400, code, ""));
    }
}

#[tokio::test]
async fn a_body_that_nests_without_end_is_refused() {
    let deep = "[".repeat(100_000);
    assert_eq!(refusal(post_json("/products", deep)).await, refused(400, "too_deep", ""));
}

#[tokio::test]
async fn the_field_at_fault_is_named() {
    for (json, field) in [
        (r#"{"name": 1}"#, "/name"),
        (r#"{"name": "a", "sizes": [1, 2, -3]}"#, "/sizes/2"),
        (r#"{"name": "a", "color": "red"}"#, "/color"),
        (r#"{"sizes": []}"#, "body"),
        (r#"[]"#, "body"),
    ] {
        let refusal = refusal(post_json("/products", json)).await;
        assert_eq!(refusal, refused(400, "invalid_parameters", field), "{json}");
    }
}

#[tokio::test]
async fn a_json_type_with_a_charset_or_suffix_is_json() {
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"] {
        let request = request("POST", "/products").header("content-type", kind);
        let response = send(app(), request.body(Body::from(r#"{"name": "a"}"#)).unwrap()).await;
        assert_eq!(response.status(), 201, "{kind}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_however_it_comes() {
    let big = format!("{{\"name\": {:?}}}", "x".repeat(3 * 1024 * 1024));
    let response = send(app(), post_json("/products", big.clone())).await;
    assert_eq!(response.status(), 413);
    let problem = body(response).await;
    assert_eq!(problem["code"], "body_too_large");
    assert_eq!(problem["detail"], "the body is over the limit of 2097152 bytes");
    let pieces = big
        .into_bytes()
        .chunks(100_000)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect::<Vec<_>>();
    let streamed = Body::from_stream(tokio_stream::iter(pieces));
    assert_eq!(refusal(post_json("/products", streamed)).await.0, 413);
}

#[tokio::test]
async fn a_route_can_have_a_limit_of_its_own() {
    let big = format!("{:?}", "x".repeat(3 * 1024 * 1024));
    assert_eq!(send(app(), post_json("/big", big)).await.status(), 200);
    let bigger = format!("{:?}", "x".repeat(9 * 1024 * 1024));
    assert_eq!(refusal(post_json("/big", bigger)).await.0, 413);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let pieces = [Ok(b"{\"name\"".to_vec()), Err(std::io::Error::other("gone"))];
    let broken = Body::from_stream(tokio_stream::iter(pieces));
    assert_eq!(refusal(post_json("/products", broken)).await, refused(400, "body_unreadable", ""));
}

#[tokio::test]
async fn path_and_query_parameters_are_typed() {
    assert_eq!(refusal(get_path("/products/seven")).await, refused(400, "invalid_parameters", "path"));
    assert_eq!(refusal(get_path("/products/%FF")).await, refused(400, "invalid_parameters", "id"));
    assert_eq!(
        refusal(get_path("/search?text=a&limit=x")).await,
        refused(400, "invalid_parameters", "limit")
    );
    assert_eq!(refusal(get_path("/search?limit=1")).await, refused(400, "invalid_parameters", "query"));
    assert_eq!(text(send(app(), get_path("/search?text=a%20b&limit=3")).await).await, "a b Some(3)");
}

#[tokio::test]
async fn a_create_knows_its_key_and_what_was_asked() {
    let create = |key: &str, json: &'static str| {
        let request = request("POST", "/products").header("content-type", "application/json");
        request.header("idempotency-key", key).body(Body::from(json)).unwrap()
    };
    let response = send(app(), create("abc-1", r#"{"name": "a"}"#)).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (201, &"/products/1".parse().unwrap())
    );
    assert_eq!(response.headers()["etag"], "\"1\"");
    let first = body(response).await;
    assert_eq!(first["key"], "abc-1");
    assert_eq!(body(send(app(), create("abc-1", r#"{"name": "a"}"#)).await).await, first);
    let other = body(send(app(), create("abc-1", r#"{"name": "b"}"#)).await).await;
    assert_ne!(other["fingerprint"], first["fingerprint"]);
    let without = body(send(app(), post_json("/products", r#"{"name": "a"}"#)).await).await;
    assert!(without["key"].is_null());
    for key in ["", "a b", "å", &"x".repeat(129)] {
        let refusal = refusal(create(key, r#"{"name": "a"}"#)).await;
        assert_eq!(refusal, refused(400, "invalid_parameters", "idempotency-key"), "{key}");
    }
}

#[tokio::test]
async fn an_update_needs_the_version_it_was_made_from() {
    let update = |tag: Option<&str>| {
        let mut request = request("PUT", "/products/1").header("content-type", "application/json");
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        request.body(Body::from(r#"{"name": "a"}"#)).unwrap()
    };
    assert_eq!(refusal(update(None)).await, refused(428, "precondition_required", ""));
    assert_eq!(refusal(update(Some("7"))).await, refused(400, "invalid_parameters", "if-match"));
    assert_eq!(refusal(update(Some("\"6\""))).await, refused(412, "stale_version", ""));
    assert_eq!(refusal(update(Some("W/\"7\""))).await, refused(412, "stale_version", ""));
    let seen = send(app(), get_path("/products/1")).await.headers()["etag"].clone();
    assert_eq!(send(app(), update(Some(seen.to_str().unwrap()))).await.status(), 200);
    assert_eq!(send(app(), update(Some("*"))).await.status(), 200);
}
