//! Service identity from a join secret: whom it lets in, for what and how long.

use std::time::Duration;

use metier_auth::{ServiceKeys, TokenError, TokenKind};
use metier_core::{Actor, Ctx, Fault, Random, Secret, TokenSource};
use proptest::prelude::*;

use super::{claims, clock, correlation, user};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn keys() -> ServiceKeys {
    ServiceKeys::from_join_secret(&secret("0123456789abcdef0123456789abcdef")).unwrap()
}

#[test]
fn a_peer_with_the_same_join_secret_knows_the_caller() {
    let (clock, random) = (clock(), Random::seeded(1));
    let signer = keys().signer("jobs", &random).unwrap();
    let token = signer.sign(&Ctx::service("jobs", correlation()), "identity", clock.now()).unwrap();
    let peer = keys();
    for _ in 0..2 {
        let claims = peer.verify(&token, "identity", clock.now()).unwrap();
        assert_eq!((claims.iss.as_str(), claims.kind), ("jobs", TokenKind::Service));
        assert_eq!(claims.into_ctx(correlation()).actor, Actor::Service { name: "jobs".to_owned() });
    }
}

#[test]
fn a_call_on_behalf_of_a_person_keeps_the_person_and_their_rights() {
    let (clock, random) = (clock(), Random::seeded(1));
    let asking = claims(user(&random, clock.now()), &clock, &random).into_ctx(correlation());
    let token = keys().signer("gateway", &random).unwrap().sign(&asking, "jobs", clock.now()).unwrap();
    let ctx = keys().verify(&token, "jobs", clock.now()).unwrap().into_ctx(correlation());
    assert_eq!((ctx.actor, ctx.grants), (asking.actor, asking.grants));
}

#[test]
fn nobody_stays_nobody_across_services() {
    let (clock, random) = (clock(), Random::seeded(1));
    let nobody = Ctx::anonymous(correlation());
    let token = keys().signer("gateway", &random).unwrap().sign(&nobody, "jobs", clock.now()).unwrap();
    let ctx = keys().verify(&token, "jobs", clock.now()).unwrap().into_ctx(correlation());
    assert_eq!(ctx.actor, Actor::Anonymous);
    assert!(ctx.grants.texts().is_empty());
}

#[test]
fn a_token_is_good_for_one_callee_and_one_minute() {
    let (clock, random) = (clock(), Random::seeded(1));
    let signer = keys().signer("jobs", &random).unwrap();
    let token = signer.sign(&Ctx::service("jobs", correlation()), "identity", clock.now()).unwrap();
    assert!(matches!(keys().verify(&token, "postings", clock.now()), Err(TokenError::Foreign("audience"))));
    clock.advance(Duration::from_secs(60));
    assert!(matches!(keys().verify(&token, "identity", clock.now()), Err(TokenError::Expired)));
}

#[tokio::test]
async fn a_link_uses_one_token_until_half_of_its_life_is_over() {
    let (clock, random) = (clock(), Random::seeded(1));
    let signer = keys().signer("jobs", &random).unwrap();
    let tokens = signer.tokens(&Ctx::service("jobs", correlation()), "identity", &clock);
    let first = tokens.token().await.unwrap();
    clock.advance(Duration::from_millis(29_999));
    assert!(tokens.token().await.unwrap() == first);
    clock.advance(Duration::from_millis(1));
    let second = tokens.token().await.unwrap();
    assert!(second != first);
    clock.advance(Duration::from_millis(29_999));
    assert!(keys().verify(second.expose(), "identity", clock.now()).is_ok());
}

#[test]
fn another_join_secret_gives_other_keys() {
    let (clock, random) = (clock(), Random::seeded(1));
    let stranger = ServiceKeys::from_join_secret(&secret("another secret of sufficient length!")).unwrap();
    let token = stranger
        .signer("jobs", &random)
        .unwrap()
        .sign(&Ctx::service("jobs", correlation()), "identity", clock.now())
        .unwrap();
    let error = keys().verify(&token, "identity", clock.now()).unwrap_err();
    assert!(matches!(error, TokenError::Untrusted(_)));
    assert_eq!(Fault::from(error).code, "token_invalid");
}

#[test]
fn a_service_cannot_sign_under_the_name_of_another() {
    let (clock, random) = (clock(), Random::seeded(1));
    let signer = keys().signer("jobs", &random).unwrap();
    let token = signer.sign(&Ctx::service("jobs", correlation()), "identity", clock.now()).unwrap();
    let (header, rest) = token.split_once('.').unwrap();
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let header = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    for name in ["gateway", "../jobs", "Jobs", ""] {
        let renamed = header.replace("service:jobs", &format!("service:{name}"));
        let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(renamed));
        assert!(keys().verify(&token, "identity", clock.now()).is_err(), "{name}");
    }
}

#[test]
fn a_join_secret_that_can_be_guessed_is_refused() {
    assert!(ServiceKeys::from_join_secret(&secret("hunter2")).is_err());
    assert!(
        ServiceKeys::from_join_secret(&secret(&format!("{:40}", "hunter2"))).is_err(),
        "spaces do not count"
    );
    let generated = ServiceKeys::generate_join_secret(&Random::seeded(1));
    assert!(ServiceKeys::from_join_secret(&generated).is_ok());
}

#[test]
fn a_line_end_after_the_secret_does_not_matter() {
    let (clock, random) = (clock(), Random::seeded(1));
    let with_line_end = ServiceKeys::from_join_secret(&secret("0123456789abcdef0123456789abcdef\n")).unwrap();
    let signer = with_line_end.signer("jobs", &random).unwrap();
    let token = signer.sign(&Ctx::service("jobs", correlation()), "identity", clock.now()).unwrap();
    assert!(keys().verify(&token, "identity", clock.now()).is_ok());
}

proptest! {
    #[test]
    fn only_plain_names_are_service_names(name in "\\PC{0,40}") {
        let plain = !name.is_empty()
            && name.len() <= 32
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        prop_assert_eq!(keys().signer(&name, &Random::seeded(1)).is_ok(), plain);
    }
}
