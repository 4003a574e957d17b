//! Sizes and numbers are bounded, and going over looks the same on every way.

use std::time::Duration;

use futures::StreamExt;
use metier_core::FaultKind;
use metier_rpc::{MESSAGE_LIMIT, fault};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;

use crate::{
    echo::v1::SayRequest,
    peer::{on_every_way, with_limits},
};

fn text(bytes: usize) -> SayRequest {
    SayRequest { text: "x".repeat(bytes), ..SayRequest::default() }
}

#[tokio::test]
async fn a_message_over_the_servers_limit_is_too_large() {
    on_every_way(async |peer| {
        let refused = fault(peer.client().say(text(MESSAGE_LIMIT)).await.unwrap_err());
        assert_eq!(refused.kind, FaultKind::TooLarge);
        assert!(peer.client().say(text(MESSAGE_LIMIT / 2)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_message_over_the_clients_own_limit_is_too_large() {
    on_every_way(async |peer| {
        let mut small = peer.client().max_encoding_message_size(100);
        let refused = small.say(text(1_000)).await.unwrap_err();
        assert_eq!(refused.code(), Code::OutOfRange);
        let mut small = peer.client().max_decoding_message_size(100);
        assert_eq!(small.say(text(1_000)).await.unwrap_err().code(), Code::OutOfRange);
    })
    .await;
}

#[tokio::test]
async fn a_message_over_the_clients_own_limit_ends_a_chat_as_too_large() {
    on_every_way(async |peer| {
        let mut small = peer.client().max_encoding_message_size(100);
        let (sender, messages) = mpsc::unbounded_channel();
        let mut replies = small.chat(UnboundedReceiverStream::new(messages)).await.unwrap().into_inner();
        sender.send(text(10)).unwrap();
        assert_eq!(replies.next().await.unwrap().unwrap().text.len(), 10);
        sender.send(text(1_000)).unwrap();
        assert_eq!(replies.next().await.unwrap().unwrap_err().code(), Code::OutOfRange);
    })
    .await;
}

#[tokio::test]
async fn a_call_too_many_is_turned_away_until_there_is_room_again() {
    with_limits(
        |options| options.concurrency = 1,
        async |peer| {
            let told = SayRequest { then: "hang".into(), times: 1, ..SayRequest::default() };
            let mut stream = peer.client().repeat(told).await.unwrap().into_inner();
            assert!(stream.next().await.unwrap().is_ok());
            let refused = fault(peer.client().say(text(1)).await.unwrap_err());
            assert_eq!((refused.kind, &*refused.code), (FaultKind::Unavailable, "overloaded"));
            assert_eq!(refused.retry_after, Some(Duration::from_secs(1)));
            peer.echo.hanging.notified().await;
            drop(stream);
            peer.echo.dropped.notified().await;
            assert!(peer.client().say(text(1)).await.is_ok());
        },
    )
    .await;
}

#[tokio::test]
async fn a_handler_that_never_begins_to_answer_is_given_up() {
    with_limits(
        |options| options.patience = Duration::from_millis(40),
        async |peer| {
            let told = SayRequest { then: "hang".into(), ..SayRequest::default() };
            let late = peer.bare_client().say(told).await.unwrap_err();
            assert_eq!(late.code(), Code::DeadlineExceeded);
            peer.echo.dropped.notified().await;
        },
    )
    .await;
}
