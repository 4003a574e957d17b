//! What the edge adds to each request and each answer.

use std::time::Duration;

use axum::body::Body;
use metier_http::layers;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

use crate::app::{Signals, app, body, get_path, options, refusal, refused, request, routes, send, text};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn a_correlation_id_is_kept_when_valid_and_fresh_otherwise() {
    let with = |value: &str| {
        request("GET", "/headers").header("x-correlation-id", value).body(Body::empty()).unwrap()
    };
    let response = send(app(), with("abc-1")).await;
    assert_eq!(response.headers()["x-correlation-id"], "abc-1");
    for invalid in ["a b", "<script>", &"x".repeat(65)] {
        let response = send(app(), with(invalid)).await;
        let fresh = response.headers()["x-correlation-id"].to_str().unwrap().to_owned();
        assert_eq!(fresh.len(), 32, "{invalid}");
        assert!(text(response).await.contains(&fresh), "a handler sees the id that counts");
    }
}

#[tokio::test]
async fn a_trace_is_carried_on_and_names_the_correlation() {
    let with = request("GET", "/headers").header("traceparent", TRACE).body(Body::empty()).unwrap();
    let response = send(app(), with).await;
    assert_eq!(response.headers()["x-correlation-id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert!(text(response).await.contains(TRACE));
}

#[tokio::test]
async fn cookies_sent_one_by_one_arrive_as_one_line() {
    let split = request("GET", "/headers").header("cookie", "a=1").header("cookie", "b=2");
    let seen = text(send(app(), split.body(Body::empty()).unwrap()).await).await;
    assert!(seen.contains(r#""cookie": "a=1; b=2""#), "{seen}");
}

#[tokio::test]
async fn every_answer_has_the_security_headers_and_a_page_may_set_its_own() {
    for path in ["/me", "/nowhere", "/panic", "/fail/internal"] {
        let response = send(app(), get_path(path)).await;
        let headers = response.headers();
        assert_eq!(
            headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["x-frame-options"], "DENY");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
    }
    let page = send(app(), get_path("/page")).await;
    assert_eq!(page.headers()["content-security-policy"], "default-src 'self'");
}

#[tokio::test]
async fn credentials_that_do_not_hold_are_refused_except_where_they_do_not_matter() {
    let with = |path: &str, token: &str| {
        request("GET", path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap()
    };
    assert_eq!(text(send(app(), with("/me", "good")).await).await, "service:caller");
    assert_eq!(text(send(app(), get_path("/me")).await).await, "anonymous");
    assert_eq!(refusal(with("/me", "old")).await, refused(401, "token_expired", ""));
    assert_eq!(text(send(app(), with("/visit", "old")).await).await, "anonymous");
    assert_eq!(text(send(app(), with("/visit", "good")).await).await, "service:caller");
    assert_eq!(send(app(), with("/products/1", "old")).await.status(), 200, "an open route stays open");
    assert_eq!(refusal(get_path("/secret")).await, refused(401, "unauthenticated", ""));
    assert_eq!(send(app(), with("/secret", "good")).await.status(), 204);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_ended_and_let_go() {
    let signals = Signals::default();
    let response = send(layers(routes(&signals), options()), get_path("/hang")).await;
    assert_eq!(response.status(), 504);
    assert_eq!(body(response).await["code"], "timeout");
    signals.dropped.notified().await;
}

#[tokio::test]
async fn a_handler_knows_the_deadline() {
    let mut options = options();
    options.timeout = Duration::from_secs(30);
    let due = options.clock.now().plus(Duration::from_secs(30));
    let app = layers(routes(&Signals::default()), options);
    assert_eq!(text(send(app, get_path("/deadline")).await).await, due.to_string());
}

#[tokio::test]
async fn a_request_too_many_is_turned_away_until_there_is_room() {
    let (signals, mut options) = (Signals::default(), options());
    options.concurrency = 1;
    let app = layers(routes(&signals), options);
    let hanging = tokio::spawn(send(app.clone(), get_path("/hang")));
    signals.hanging.notified().await;
    let refused = send(app.clone(), get_path("/me")).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    assert_eq!(body(refused).await["code"], "overloaded");
    hanging.abort();
    signals.dropped.notified().await;
    assert_eq!(send(app, get_path("/me")).await.status(), 200);
}

#[tokio::test]
async fn each_request_is_counted_by_route_and_status() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let _here = metrics::set_default_local_recorder(&recorder);
    let app = app();
    send(app.clone(), get_path("/products/1")).await;
    send(app.clone(), get_path("/products/2")).await;
    send(app.clone(), get_path("/made/up")).await;
    send(app, request("BREW", "/coffee").body(Body::empty()).unwrap()).await;
    let mut lines: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter_map(|(key, _unit, _text, value)| {
            let DebugValue::Counter(count) = value else { return None };
            let labels: Vec<_> = key.key().labels().map(|label| label.value().to_owned()).collect();
            Some(format!("{} {count}", labels.join(" ")))
        })
        .collect();
    lines.sort();
    assert_eq!(lines, ["GET /products/{id} 200 2", "GET unmatched 404 1", "OTHER unmatched 404 1"]);
}
