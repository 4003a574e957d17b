//! What goes with a call and what comes back.

use futures::{StreamExt, TryStreamExt, stream};
use metier_core::{Ctx, FaultKind};
use metier_rpc::{TraceContext, fault, request};
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;

use crate::{
    echo::{detailed, v1::SayRequest},
    peer::on_every_way,
};

fn say(text: &str) -> SayRequest {
    SayRequest { text: text.to_owned(), ..SayRequest::default() }
}

#[tokio::test]
async fn a_call_carries_identity_correlation_and_trace() {
    on_every_way(async |peer| {
        let ctx = Ctx::service("caller", "the-correlation".parse().unwrap());
        let trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        let mut client = peer.client();
        let reply = trace.scope(client.say(request(&ctx, say("hi")))).await.unwrap().into_inner();
        assert_eq!(reply.text, "hi");
        assert_eq!(reply.seen["actor"], "service:caller");
        assert_eq!(reply.seen["correlation"], "the-correlation");
        assert_eq!(reply.seen["trace"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(reply.seen["deadline"], "none");
        assert_ne!(reply.seen["traceparent"], trace.to_string(), "each call is a span of its own");
    })
    .await;
}

#[tokio::test]
async fn a_call_outside_of_any_context_gets_a_fresh_correlation_that_names_its_trace() {
    on_every_way(async |peer| {
        let reply = peer.client().say(say("hi")).await.unwrap().into_inner();
        assert_eq!(reply.seen["correlation"].len(), 32);
        assert_eq!(reply.seen["trace"], reply.seen["correlation"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_set_by_the_caller_wins_over_the_links_own() {
    on_every_way(async |peer| {
        let mut forwarded = tonic::Request::new(say("hi"));
        forwarded.metadata_mut().insert("authorization", "Bearer expired".parse().unwrap());
        let refused = peer.client().say(forwarded).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn no_token_is_nobody_and_a_bad_token_is_refused() {
    on_every_way(async |peer| {
        let reply = peer.bare_client().say(say("hi")).await.unwrap().into_inner();
        assert_eq!(reply.seen["actor"], "anonymous");
        let refused = fault(peer.client_showing("forged").say(say("hi")).await.unwrap_err());
        assert_eq!((refused.kind, &*refused.code), (FaultKind::Unauthenticated, "token_expired"));
    })
    .await;
}

#[tokio::test]
async fn a_fault_arrives_whole_but_without_its_cause() {
    on_every_way(async |peer| {
        let (sent, told) = (detailed(), SayRequest { then: "fault".into(), times: 2, ..say("x") });
        let unary = peer.client().say(told.clone()).await.unwrap_err();
        let stream = peer.client().repeat(told).await.unwrap().into_inner();
        let streamed = stream.try_collect::<Vec<_>>().await.unwrap_err();
        for status in [unary, streamed] {
            assert!(!format!("{status:?}").contains("secret cause"));
            let got = fault(status);
            assert_eq!(
                (got.kind, got.code, got.message),
                (sent.kind, sent.code.clone(), sent.message.clone())
            );
            assert_eq!((got.violations, got.retry_after), (sent.violations.clone(), sent.retry_after));
        }
    })
    .await;
}

#[tokio::test]
async fn a_stream_arrives_whole() {
    on_every_way(async |peer| {
        let told = SayRequest { times: 1_000, ..say("again") };
        let stream = peer.client().repeat(told).await.unwrap().into_inner();
        assert_eq!(stream.try_collect::<Vec<_>>().await.unwrap().len(), 1_000);
    })
    .await;
}

#[tokio::test]
async fn both_sides_of_a_chat_flow_at_once() {
    on_every_way(async |peer| {
        let (sender, messages) = mpsc::unbounded_channel();
        let chat = peer.client().chat(UnboundedReceiverStream::new(messages)).await.unwrap();
        let mut replies = chat.into_inner();
        for turn in 0..3 {
            sender.send(say(&turn.to_string())).unwrap();
            assert_eq!(replies.next().await.unwrap().unwrap().text, turn.to_string());
        }
        drop(sender);
        assert!(replies.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_long_chat_does_not_need_to_be_sent_before_it_is_read() {
    on_every_way(async |peer| {
        let messages = stream::iter((0..10_000).map(|turn| say(&turn.to_string())));
        let replies = peer.client().chat(messages).await.unwrap().into_inner();
        assert_eq!(replies.try_collect::<Vec<_>>().await.unwrap().len(), 10_000);
    })
    .await;
}

#[tokio::test]
async fn a_method_nobody_serves_is_unimplemented() {
    on_every_way(async |peer| {
        let mut grpc = tonic::client::Grpc::new(peer.link.clone());
        grpc.ready().await.unwrap();
        let path = "/metier.test.v1.Nobody/Home".parse().unwrap();
        let codec = tonic_prost::ProstCodec::<SayRequest, SayRequest>::default();
        let refused = grpc.unary(tonic::Request::new(say("hi")), path, codec).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented);
    })
    .await;
}
