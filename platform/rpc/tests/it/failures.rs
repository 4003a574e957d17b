//! What breaks on one side is a clean status on the other.

use std::time::Duration;

use futures::StreamExt;
use metier_core::FaultKind;
use metier_rpc::{Link, RemoteOptions, fault};
use tokio::{net::TcpListener, task::JoinSet};
use tonic::Code;

use crate::{
    echo::{
        Echo,
        v1::{SayRequest, echo_client::EchoClient},
    },
    peer::{guard, on_every_way, serve_tcp},
};

fn told(then: &str, times: u32) -> SayRequest {
    SayRequest { text: "x".into(), then: then.into(), times }
}

#[tokio::test]
async fn a_panic_in_a_handler_is_internal_and_harms_nobody_else() {
    on_every_way(async |peer| {
        let broken = peer.client().say(told("panic", 0)).await.unwrap_err();
        assert_eq!(broken.code(), Code::Internal);
        assert!(!broken.message().contains("the handler broke"));
        assert!(peer.client().say(told("", 0)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_panic_within_a_stream_ends_it_as_internal() {
    on_every_way(async |peer| {
        let mut stream = peer.client().repeat(told("panic", 1)).await.unwrap().into_inner();
        assert!(stream.next().await.unwrap().is_ok());
        assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::Internal);
        assert!(peer.client().say(told("", 0)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_its_handler_along() {
    on_every_way(async |peer| {
        let mut client = peer.client();
        let call = tokio::spawn(async move { client.say(told("hang", 0)).await });
        peer.echo.hanging.notified().await;
        call.abort();
        peer.echo.dropped.notified().await;
        let mut stream = peer.client().repeat(told("hang", 1)).await.unwrap().into_inner();
        assert!(stream.next().await.unwrap().is_ok());
        let waiting = tokio::spawn(async move { stream.next().await.is_some() });
        peer.echo.hanging.notified().await;
        waiting.abort();
        peer.echo.dropped.notified().await;
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_unavailable() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let link = Link::remote(&address, &RemoteOptions::default()).unwrap();
    let away = EchoClient::new(link).say(told("", 0)).await.unwrap_err();
    assert_eq!(fault(away).kind, FaultKind::Unavailable);
}

#[tokio::test]
async fn a_peer_that_accepts_and_never_speaks_runs_into_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let link = Link::remote(&address, &RemoteOptions::default()).unwrap();
    let mut request = tonic::Request::new(told("", 0));
    request.set_timeout(Duration::from_millis(50));
    let late = EchoClient::new(link).say(request).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_peer_that_dies_in_the_middle_is_unavailable_and_found_again_when_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (echo, mut server) = (Echo::default(), JoinSet::new());
    server.spawn(serve_tcp(listener, guard(&echo, |_| {})));
    let link = Link::remote(&format!("http://{address}"), &RemoteOptions::default()).unwrap();
    let mut client = EchoClient::new(link);

    let mut stream = client.repeat(told("hang", 1)).await.unwrap().into_inner();
    assert!(stream.next().await.unwrap().is_ok());
    echo.hanging.notified().await;
    let mut other = client.clone();
    let call = tokio::spawn(async move { other.say(told("hang", 0)).await });
    echo.hanging.notified().await;
    server.shutdown().await;

    assert_eq!(call.await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert_eq!(client.say(told("", 0)).await.unwrap_err().code(), Code::Unavailable);

    let listener = TcpListener::bind(address).await.unwrap();
    server.spawn(serve_tcp(listener, guard(&echo, |_| {})));
    assert_eq!(client.say(told("", 0)).await.unwrap().into_inner().text, "x");
}
