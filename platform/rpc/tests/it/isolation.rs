//! Nothing but metadata and messages crosses, even when no network lies between.

use metier_core::{Ctx, Grants};

use crate::{
    echo::{CALLERS_SECRET, HandlersSecret, v1::SayRequest},
    peer::on_every_way,
};

#[tokio::test]
async fn an_identity_slipped_in_as_an_extension_is_ignored() {
    on_every_way(async |peer| {
        let mut forged = Ctx::service("root", "forged".parse().unwrap());
        forged.grants = std::sync::Arc::new(Grants::all());
        for mut client in [peer.bare_client(), peer.client_showing("good")] {
            let mut request = tonic::Request::new(SayRequest::default());
            request.extensions_mut().insert(forged.clone());
            let reply = client.say(request).await.unwrap().into_inner();
            assert_ne!(reply.seen["actor"], "service:root");
            assert_ne!(reply.seen["correlation"], "forged");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_handler_puts_beside_its_answer_stays_there() {
    on_every_way(async |peer| {
        let reply = peer.client().say(SayRequest::default()).await.unwrap();
        assert!(reply.extensions().get::<HandlersSecret>().is_none());
        assert!(reply.extensions().get::<Ctx>().is_none());
    })
    .await;
}

#[tokio::test]
async fn task_locals_of_the_caller_are_not_seen_by_the_handler() {
    on_every_way(async |peer| {
        let mut client = peer.client();
        let reply = CALLERS_SECRET.scope("mine", client.say(SayRequest::default())).await.unwrap();
        assert_eq!(reply.into_inner().seen["task_local"], "none");
    })
    .await;
}
