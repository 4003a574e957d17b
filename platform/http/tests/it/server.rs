//! The server over real connections: both versions, gRPC beside them, limits, and how it stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get, serve::Listener};
use http::Request;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use metier_http::{ServeOptions, bind, layers, multiplex, serve};
use metier_rpc::{Guard, GuardOptions, Link, RemoteOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::app::{OneToken, Signals, options, routes};

struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
}

async fn start(app: Router, options: ServeOptions) -> Running {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    let server = tokio::spawn(async move { serve(listener, app, &options, stopped).await });
    Running { address, stop, server }
}

fn client(http2: bool) -> Client<HttpConnector, axum::body::Body> {
    Client::builder(TokioExecutor::new()).http2_only(http2).build_http()
}

fn get_at(address: SocketAddr, path: &str) -> Request<axum::body::Body> {
    Request::get(format!("http://{address}{path}")).body(axum::body::Body::empty()).unwrap()
}

/// Sends raw bytes and reads until the server closes.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let _reset_or_closed = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn both_versions_of_http_and_grpc_share_a_port() {
    let http = layers(routes(&Signals::default()), options());
    let guard = GuardOptions::new(Arc::new(OneToken), options().clock, options().random);
    let (_reporter, health) = tonic_health::server::health_reporter();
    let rpc = Guard::new(tonic::service::Routes::new(health), guard);
    let running = start(multiplex(http, rpc), ServeOptions::default()).await;

    for http2 in [false, true] {
        let response = client(http2).request(get_at(running.address, "/me")).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.version() == http::Version::HTTP_2, http2);
    }
    let link = Link::remote(&format!("http://{}", running.address), &RemoteOptions::default()).unwrap();
    let reply = HealthClient::new(link).check(HealthCheckRequest::default()).await.unwrap();
    assert_eq!(reply.into_inner().status, 1);
}

#[tokio::test]
async fn a_handler_knows_the_peers_address() {
    let show = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
    let running = start(Router::new().route("/", get(show)), ServeOptions::default()).await;
    let answer = raw(running.address, b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_client_that_never_finishes_its_request_is_dropped() {
    let head_timeout = Duration::from_millis(40);
    let options = ServeOptions { head_timeout, ..ServeOptions::default() };
    let running = start(Router::new(), options).await;
    let answer = raw(running.address, b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
}

#[tokio::test]
async fn a_request_with_too_many_or_too_long_headers_is_refused() {
    let running = start(Router::new(), ServeOptions::default()).await;
    let many: String = (0..101).map(|index| format!("x-{index}: y\r\n")).collect();
    let answer = raw(running.address, format!("GET / HTTP/1.1\r\n{many}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let long = "y".repeat(70_000);
    let answer = raw(running.address, format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n").as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn connections_over_the_limit_wait_for_a_place() {
    let options = ServeOptions { connections: 1, ..ServeOptions::default() };
    let running = start(Router::new().route("/", get(async || "hi")), options).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    assert!(first.read(&mut [0; 512]).await.unwrap() > 0);
    let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let mut second = tokio::spawn(async move { raw(running.address, request).await });
    assert!(tokio::time::timeout(Duration::from_millis(40), &mut second).await.is_err());
    drop(first);
    assert!(second.await.unwrap().ends_with("hi"));
}

#[tokio::test]
async fn a_stop_lets_running_requests_end_and_takes_no_more() {
    let signals = Signals::default();
    let (begun, go) = (Arc::clone(&signals.hanging), Arc::clone(&signals.dropped));
    let slow = async move || {
        begun.notify_one();
        go.notified().await;
        "done"
    };
    let running = start(Router::new().route("/", get(slow)), ServeOptions::default()).await;
    let address = running.address;
    let call = tokio::spawn(async move { raw(address, b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await });
    signals.hanging.notified().await;
    running.stop.cancel();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!running.server.is_finished());
    signals.dropped.notify_one();
    assert!(call.await.unwrap().ends_with("done"), "the connection closes after the answer");
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_stop_cuts_what_outlasts_the_grace() {
    let (signals, grace) = (Signals::default(), Duration::from_millis(40));
    let options = ServeOptions { grace, ..ServeOptions::default() };
    let running = start(routes(&signals), options).await;
    let call =
        tokio::spawn(async move { raw(running.address, b"GET /hang HTTP/1.1\r\nhost: a\r\n\r\n").await });
    signals.hanging.notified().await;
    running.stop.cancel();
    running.server.await.unwrap();
    signals.dropped.notified().await;
    assert_eq!(call.await.unwrap(), "");
}
