//! gRPC through the public door.

use std::sync::Arc;

use metier_contract_identity::{
    jobber::{AuthenticationRequest, auth_service_client::AuthServiceClient},
    protocol::{GetUserRequest, identity_client::IdentityClient},
};
use metier_core::Secret;
use metier_rpc::{Link, RemoteOptions, request};
use tonic::Code;

use crate::world::{World, everywhere};

/// A link to the door that shows this token.
fn link(world: &World, token: &str) -> Link {
    world.sandbox.kit("jobs").link_as("gateway", Arc::new(Secret::new(token.to_owned()))).unwrap()
}

async fn who(world: &World, link: Link) -> Result<String, tonic::Status> {
    let mut ctx = world.kit().ctx();
    ctx.correlation = "one-thread".parse().unwrap();
    let asked =
        AuthServiceClient::new(link).authenticate(request(&ctx, AuthenticationRequest::default())).await;
    Ok(asked?.into_inner().email)
}

#[tokio::test]
async fn a_call_reaches_its_service_as_the_one_who_made_it() {
    everywhere(async |world| {
        let (token, _) = world.token();
        let seen = who(&world, link(&world, &token)).await.unwrap();
        assert!(seen.starts_with("user:") && seen.ends_with(" one-thread"), "{seen}");
        let key = world.key(&[]);
        let seen = who(&world, link(&world, &key)).await.unwrap();
        assert!(seen.starts_with("api_key:"), "{seen}");
    })
    .await;
}

#[tokio::test]
async fn credentials_that_do_not_hold_stay_outside() {
    everywhere(async |world| {
        for token in ["nonsense", "mtr_nonsense"] {
            let refused = who(&world, link(&world, token)).await.unwrap_err();
            assert_eq!(refused.code(), Code::Unauthenticated, "{token}");
        }
        let service = world.sandbox.kit("jobs").link("gateway").unwrap();
        assert_eq!(who(&world, service).await.unwrap_err().code(), Code::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_nobody_and_never_the_door_itself() {
    everywhere(async |world| {
        // Over the network, for a link within the process always shows a token.
        let Some(address) = world.sandbox.address("gateway") else { return };
        let link = Link::remote(&format!("http://{address}"), &RemoteOptions::default()).unwrap();
        let seen = who(&world, link.clone()).await.unwrap();
        assert!(seen.starts_with("anonymous "), "{seen}");
        let refused = IdentityClient::new(link).get_user(GetUserRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_public_does_not_exist() {
    everywhere(async |world| {
        let (token, _) = world.token();
        let mut log = metier_bus::protocol::event_log_client::EventLogClient::new(link(&world, &token));
        let refused = log.read(metier_bus::protocol::ReadRequest::default()).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented);
        let ctx = world.kit().ctx();
        let asked = IdentityClient::new(link(&world, &token))
            .get_user(request(&ctx, GetUserRequest::default()))
            .await;
        assert_eq!(asked.unwrap_err().code(), Code::PermissionDenied, "as the person, not as the door");
    })
    .await;
}
