//! A deadline holds on each side alone, for single answers and for streams.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use metier_core::FaultKind;
use metier_rpc::{ClientLayer, Link, fault, request};
use tonic::Code;

use crate::{
    echo::v1::{SayRequest, echo_client::EchoClient},
    peer::on_every_way,
};

const SHORT: Duration = Duration::from_millis(40);
/// Long enough for an answer to begin on a busy machine.
const ENOUGH: Duration = Duration::from_millis(300);

fn hang(times: u32) -> SayRequest {
    SayRequest { text: "x".into(), then: "hang".into(), times }
}

#[tokio::test]
async fn the_deadline_ends_a_call_and_lets_its_handler_go() {
    on_every_way(async |peer| {
        let ctx = peer.ctx_for(SHORT);
        let late = peer.client().say(request(&ctx, hang(0))).await.unwrap_err();
        assert_eq!(late.code(), Code::DeadlineExceeded);
        assert_eq!(fault(late).kind, FaultKind::Timeout);
        peer.echo.dropped.notified().await;
    })
    .await;
}

#[tokio::test]
async fn the_handler_knows_the_deadline() {
    on_every_way(async |peer| {
        let ctx = peer.ctx_for(Duration::from_secs(30));
        let reply = peer.client().say(request(&ctx, SayRequest::default())).await.unwrap().into_inner();
        let told: metier_core::Timestamp = metier_core::Timestamp::parse(&reply.seen["deadline"]).unwrap();
        assert!(told <= ctx.deadline.unwrap());
        assert!(told > peer.clock.now().plus(Duration::from_secs(20)));
    })
    .await;
}

#[tokio::test]
async fn the_server_alone_ends_a_call_at_the_deadline() {
    on_every_way(async |peer| {
        let mut told = tonic::Request::new(hang(0));
        told.set_timeout(SHORT);
        let late = peer.bare_client().say(told).await.unwrap_err();
        assert_eq!(late.code(), Code::DeadlineExceeded);
        peer.echo.dropped.notified().await;
    })
    .await;
}

#[tokio::test]
async fn the_deadline_ends_a_stream_after_what_it_has_sent() {
    on_every_way(async |peer| {
        for client in [peer.client(), peer.bare_client()] {
            let mut told = tonic::Request::new(hang(2));
            told.set_timeout(ENOUGH);
            let mut stream = client.clone().repeat(told).await.unwrap().into_inner();
            assert!(stream.next().await.unwrap().is_ok());
            assert!(stream.next().await.unwrap().is_ok());
            assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
            assert!(stream.next().await.is_none());
            peer.echo.dropped.notified().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_never_pauses_is_ended_too() {
    on_every_way(async |peer| {
        let ctx = peer.ctx_for(SHORT);
        let told = SayRequest { times: u32::MAX, ..SayRequest::default() };
        let read_all = async |mut client: EchoClient<Link>| {
            let stream = client.repeat(request(&ctx, told)).await?.into_inner();
            stream.try_for_each(|_reply| std::future::ready(Ok(()))).await
        };
        let late = read_all(peer.client()).await.unwrap_err();
        assert_eq!(late.code(), Code::DeadlineExceeded);
    })
    .await;
}

#[tokio::test]
async fn without_a_deadline_only_the_beginning_is_awaited_with_patience() {
    on_every_way(async |peer| {
        let tokens = std::sync::Arc::new(metier_core::Secret::new("good".to_owned()));
        let random = metier_core::Random::seeded(3);
        let layer = ClientLayer::with_patience(tokens, peer.clock.clone(), random, ENOUGH);
        let mut client = EchoClient::new(peer.link.clone().layer(&layer));
        assert_eq!(client.say(hang(0)).await.unwrap_err().code(), Code::DeadlineExceeded);
        peer.echo.dropped.notified().await;
        let mut stream = client.repeat(hang(1)).await.unwrap().into_inner();
        assert!(stream.next().await.unwrap().is_ok());
        let open = tokio::time::timeout(ENOUGH + SHORT, stream.next()).await;
        assert!(open.is_err(), "the stream stays open beyond the patience");
    })
    .await;
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_not_worked_on() {
    on_every_way(async |peer| {
        let ctx = peer.ctx_for(Duration::ZERO);
        peer.clock.advance(Duration::from_secs(1));
        let late = peer.client().say(request(&ctx, SayRequest::default())).await.unwrap_err();
        assert_eq!(late.code(), Code::DeadlineExceeded);
    })
    .await;
}

#[tokio::test]
async fn a_timeout_that_is_none_is_refused() {
    on_every_way(async |peer| {
        let mut told = tonic::Request::new(SayRequest::default());
        told.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
        let refused = peer.client().say(told).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    })
    .await;
}
