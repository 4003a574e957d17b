//! Passing requests on, the same in this process and over the network.

use std::sync::{Arc, OnceLock};

use axum::{Router, body::Body, extract::State, response::Response, routing::any};
use bytes::Bytes;
use http::Request;
use metier_http::{HttpLink, HttpLinkOptions, ServeOptions, bind, layers, serve};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_stream::{StreamExt, wrappers::UnboundedReceiverStream};

use crate::app::{Signals, body, get_path, options, post_json, request, routes, send, text};

/// A gateway in front of the service.
struct Gateway {
    router: Router,
    signals: Signals,
    _upstream: JoinSet<()>,
}

async fn forward(State(link): State<HttpLink>, request: Request<Body>) -> Response {
    link.send(request).await
}

fn gateway_to(link: HttpLink) -> Router {
    layers(Router::new().fallback(any(forward)).with_state(link), options())
}

/// Runs a test with the service in this process and over the network.
async fn both_ways(test: impl AsyncFn(Gateway)) {
    for remote in [false, true] {
        let (signals, mut upstream) = (Signals::default(), JoinSet::new());
        let service = layers(routes(&signals), options());
        let link = if remote { start(&mut upstream, service).await } else { HttpLink::in_process(service) };
        test(Gateway { router: gateway_to(link), signals, _upstream: upstream }).await;
    }
}

async fn start(tasks: &mut JoinSet<()>, service: Router) -> HttpLink {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = format!("http://{}", axum::serve::Listener::local_addr(&listener).unwrap());
    tasks.spawn(async move {
        serve(listener, service, &ServeOptions::default(), std::future::pending()).await;
    });
    HttpLink::remote(&address, &HttpLinkOptions::default()).unwrap()
}

#[tokio::test]
async fn a_request_and_its_answer_pass_through() {
    both_ways(async |gateway| {
        let update = request("PUT", "/products/1")
            .header("content-type", "application/json")
            .header("if-match", "\"7\"")
            .body(Body::from(r#"{"name": "a"}"#))
            .unwrap();
        assert_eq!(body(send(gateway.router.clone(), update).await).await["name"], "a");
        let response = send(gateway.router.clone(), get_path("/products/1")).await;
        assert_eq!(response.headers()["etag"], "\"7\"");
        let answer = send(gateway.router, get_path("/search?text=a%20b&limit=3")).await;
        assert_eq!(text(answer).await, "a b Some(3)");
    })
    .await;
}

#[tokio::test]
async fn a_problem_of_the_service_arrives_with_the_same_correlation() {
    both_ways(async |gateway| {
        let request =
            request("GET", "/nowhere").header("x-correlation-id", "abc-1").body(Body::empty()).unwrap();
        let response = send(gateway.router, request).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["x-correlation-id"]),
            (404, &"abc-1".parse().unwrap())
        );
        assert_eq!(response.headers().get_all("x-correlation-id").iter().count(), 1);
        assert_eq!(body(response).await["correlation_id"], "abc-1");
    })
    .await;
}

#[tokio::test]
async fn headers_of_one_connection_do_not_pass() {
    both_ways(async |gateway| {
        let request = request("GET", "/headers")
            .header("connection", "keep-alive, x-private")
            .header("x-private", "mine")
            .header("keep-alive", "timeout=5")
            .header("te", "trailers")
            .header("upgrade", "websocket")
            .header("proxy-authorization", "Basic x")
            .header("x-public", "yours")
            .body(Body::empty())
            .unwrap();
        let seen = text(send(gateway.router, request).await).await;
        for gone in ["x-private", "keep-alive", "\"te\"", "upgrade", "proxy-authorization", "connection"] {
            assert!(!seen.contains(gone), "{gone} in {seen}");
        }
        assert!(seen.contains("x-public"));
    })
    .await;
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    both_ways(async |gateway| {
        let (sender, pieces) = mpsc::unbounded_channel::<Result<Bytes, std::io::Error>>();
        let streamed = post_json("/stream", Body::from_stream(UnboundedReceiverStream::new(pieces)));
        sender.send(Ok(Bytes::from_static(b"first"))).unwrap();
        let mut answer = send(gateway.router, streamed).await.into_body().into_data_stream();
        assert_eq!(answer.next().await.unwrap().unwrap(), "first");
        sender.send(Ok(Bytes::from_static(b"second"))).unwrap();
        assert_eq!(answer.next().await.unwrap().unwrap(), "second");
        drop(sender);
        assert!(answer.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_body_over_the_gateways_limit_is_refused() {
    both_ways(async |gateway| {
        let big = format!("{:?}", "x".repeat(3 * 1024 * 1024));
        let response = send(gateway.router, post_json("/big", big)).await;
        assert_eq!(response.status(), 413);
        assert_eq!(body(response).await["code"], "body_too_large");
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_takes_the_request_along() {
    both_ways(async |gateway| {
        let call = tokio::spawn(send(gateway.router, get_path("/hang")));
        gateway.signals.hanging.notified().await;
        call.abort();
        gateway.signals.dropped.notified().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_a_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let timeout = std::time::Duration::from_millis(40);
    let options = HttpLinkOptions { timeout, ..HttpLinkOptions::default() };
    let address = format!("http://{}", silent.local_addr().unwrap());
    let link = HttpLink::remote(&address, &options).unwrap();
    let response = send(gateway_to(link), get_path("/me")).await;
    assert_eq!(response.status(), 504);
    assert_eq!(body(response).await["code"], "timeout");
}

#[tokio::test]
async fn a_service_that_is_away_is_unavailable_and_found_again_when_back() {
    let slot = Arc::new(OnceLock::new());
    let filled = Arc::clone(&slot);
    let gateway = gateway_to(HttpLink::lazy(move || filled.get().cloned()));
    assert_eq!(send(gateway.clone(), get_path("/me")).await.status(), 503);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    slot.set(HttpLink::remote(&format!("http://{address}"), &HttpLinkOptions::default()).unwrap()).unwrap();
    let response = send(gateway.clone(), get_path("/me")).await;
    assert_eq!(response.status(), 503);
    assert_eq!(body(response).await["code"], "unavailable");

    let (listener, service) = (bind(address).await.unwrap(), layers(routes(&Signals::default()), options()));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        serve(listener, service, &ServeOptions::default(), std::future::pending()).await;
    });
    assert_eq!(send(gateway.clone(), get_path("/me")).await.status(), 200);
    tasks.shutdown().await;
    assert_eq!(send(gateway, get_path("/me")).await.status(), 503);
}

#[tokio::test]
async fn an_address_that_is_no_origin_is_refused() {
    for address in ["", "localhost:1", "https://host", "http://host/path", "http://host/?query"] {
        assert!(HttpLink::remote(address, &HttpLinkOptions::default()).is_err(), "{address}");
    }
}
