//! Links that are filled later, and what is counted on them.

use std::sync::{Arc, OnceLock};

use metier_core::FaultKind;
use metier_rpc::{Link, RemoteOptions, fault};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

use crate::{
    echo::v1::{SayRequest, echo_client::EchoClient},
    peer::on_every_way,
};

#[tokio::test]
async fn a_lazy_link_is_unavailable_until_it_is_filled() {
    on_every_way(async |peer| {
        let slot = Arc::new(OnceLock::new());
        let filled = Arc::clone(&slot);
        let mut client = EchoClient::new(Link::lazy(move || filled.get().cloned()));
        let early = client.say(SayRequest::default()).await.unwrap_err();
        assert_eq!(fault(early).kind, FaultKind::Unavailable);
        slot.set(peer.link.clone()).unwrap();
        assert!(client.say(SayRequest::default()).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    for address in ["", "http://", "not an address"] {
        let refused = Link::remote(address, &RemoteOptions::default()).unwrap_err();
        assert_eq!(refused.kind, FaultKind::Invalid, "{address}");
    }
}

#[tokio::test]
async fn one_client_serves_many_callers_at_once() {
    on_every_way(async |peer| {
        let client = peer.client();
        let calls = (0..200).map(|turn| {
            let mut client = client.clone();
            let text = turn.to_string();
            tokio::spawn(async move {
                let told = SayRequest { text: text.clone(), ..SayRequest::default() };
                assert_eq!(client.say(told).await.unwrap().into_inner().text, text);
            })
        });
        futures::future::try_join_all(calls).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn each_call_is_counted_once_by_its_outcome() {
    on_every_way(async |peer| {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let _here = metrics::set_default_local_recorder(&recorder);
        let mut client = peer.client();
        client.say(SayRequest::default()).await.unwrap();
        client.say(SayRequest { then: "panic".into(), ..SayRequest::default() }).await.unwrap_err();
        client.say(SayRequest { then: "fault".into(), ..SayRequest::default() }).await.unwrap_err();
        drop(peer);
        assert_eq!(
            counted(&snapshotter),
            [
                "client Internal 1",
                "client Ok 1",
                "client ResourceExhausted 1",
                "server Internal 1",
                "server Ok 1",
                "server ResourceExhausted 1"
            ]
        );
    })
    .await;
}

fn counted(snapshotter: &Snapshotter) -> Vec<String> {
    let mut lines: Vec<_> = snapshotter
        .snapshot()
        .into_vec()
        .into_iter()
        .filter_map(|(key, _unit, _text, value)| {
            let DebugValue::Counter(count) = value else { return None };
            let label = |name: &str| key.key().labels().find(|label| label.key() == name);
            Some(format!("{} {} {count}", label("side")?.value(), label("code")?.value()))
        })
        .collect();
    lines.sort();
    lines
}
