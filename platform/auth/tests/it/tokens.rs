//! User and run tokens: expiry by the clock handed in, forgeries, unknown keys.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use metier_auth::{Claims, Jwks, SigningKeys, Subject, TokenError, TokenKind, Verifier};
use metier_core::{Actor, Clock, Ctx, Fault, FaultKind, Grants, Random, Role};
use proptest::prelude::*;

use super::{claims, clock, correlation, user, user_id};

struct Issuer {
    keys: SigningKeys,
    clock: Clock,
    random: Random,
    _folder: tempfile::TempDir,
}

impl Issuer {
    fn new() -> Self {
        Self::with_seed(1)
    }

    fn with_seed(seed: u64) -> Self {
        let (folder, clock, random) = (tempfile::tempdir().unwrap(), clock(), Random::seeded(seed));
        let keys = SigningKeys::open(folder.path(), clock.now(), &random).unwrap();
        Self { keys, clock, random, _folder: folder }
    }

    fn claims(&self) -> Claims {
        claims(user(&self.random, self.clock.now()), &self.clock, &self.random)
    }

    fn token(&self) -> String {
        self.keys.signer().sign(&self.claims()).unwrap()
    }

    fn jwks(&self) -> Jwks {
        self.keys.jwks(self.clock.now())
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(&self.jwks()).unwrap()
    }
}

#[test]
fn a_token_that_was_good_is_still_held_against_the_clock_and_the_keys_of_now() {
    let issuer = Issuer::new();
    let (verifier, token, now) = (issuer.verifier(), issuer.token(), issuer.clock.now());
    for _ in 0..3 {
        assert_eq!(verifier.verify(&token, now).unwrap(), verifier.verify(&token, now).unwrap());
    }
    let over = now.plus(Claims::ACCESS_LIFETIME + Duration::from_secs(120));
    assert!(matches!(verifier.verify(&token, over), Err(TokenError::Expired)));
    let mut forged = token.clone().into_bytes();
    let last = forged.len() - 10;
    forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    assert!(matches!(verifier.verify(&forged, now), Err(TokenError::Untrusted(_))));

    // Another key under the same name.
    let (mut jwks, other) = (issuer.jwks(), Issuer::with_seed(2).jwks());
    jwks.keys[0].algorithm = other.keys[0].algorithm.clone();
    verifier.replace_keys(&jwks).unwrap();
    assert!(matches!(verifier.verify(&token, now), Err(TokenError::Untrusted(_))));
}

#[test]
fn a_user_token_round_trips_into_the_context_of_an_operation() {
    let issuer = Issuer::new();
    let subject = user(&issuer.random, issuer.clock.now());
    let issued = claims(subject.clone(), &issuer.clock, &issuer.random);
    let token = issuer.keys.signer().sign(&issued).unwrap();

    let verified = issuer.verifier().verify(&token, issuer.clock.now()).unwrap();
    assert_eq!(verified, issued);
    assert_eq!((verified.kind, verified.number), (TokenKind::User, Some(7)));
    assert_eq!(verified.sub, user_id(&subject).to_string());

    let ctx = verified.into_ctx(correlation());
    assert_eq!((ctx.actor, ctx.workspace), (subject.actor, subject.workspace));
    assert_eq!(*ctx.grants, subject.grants);
}

#[test]
fn a_run_token_carries_the_rights_of_both_the_submitter_and_the_kind_and_no_more() {
    let issuer = Issuer::new();
    let submitter = issuer.claims().into_ctx(correlation());
    let kind = Grants::parse(["runs:submit", "users:delete"]).unwrap();
    let run = issuer.random.id(issuer.clock.now());

    let subject = Subject::run(&submitter, run, &kind).unwrap();
    assert_eq!(subject.grants.texts(), ["runs:submit"]);
    let token = issuer.keys.signer().sign(&claims(subject, &issuer.clock, &issuer.random)).unwrap();
    let verified = issuer.verifier().verify(&token, issuer.clock.now()).unwrap();
    assert_eq!(verified.kind, TokenKind::Run);
    assert_eq!(verified.actor, Actor::Run { id: run, user: submitter.user().unwrap() });
}

#[test]
fn nobody_in_person_cannot_be_the_submitter_of_a_run() {
    let issuer = Issuer::new();
    let run = issuer.random.id(issuer.clock.now());
    let fault = Subject::run(&Ctx::service("jobs", correlation()), run, &Grants::all()).unwrap_err();
    assert_eq!(fault.code, "person_required");
}

#[test]
fn a_token_expires_by_the_clock_that_is_handed_in() {
    let issuer = Issuer::new();
    let (token, verifier) = (issuer.token(), issuer.verifier());
    issuer.clock.advance(Claims::ACCESS_LIFETIME - Duration::from_micros(1));
    assert!(verifier.verify(&token, issuer.clock.now()).is_ok());
    issuer.clock.advance(Duration::from_micros(1));
    let error = verifier.verify(&token, issuer.clock.now()).unwrap_err();
    assert!(matches!(error, TokenError::Expired));
    let fault = Fault::from(error);
    assert_eq!((fault.kind, fault.code.as_ref()), (FaultKind::Unauthenticated, "token_expired"));
}

#[test]
fn a_clock_five_seconds_behind_the_issuer_is_forgiven_and_no_more() {
    let issuer = Issuer::new();
    let (token, verifier, now) = (issuer.token(), issuer.verifier(), issuer.clock.now());
    assert!(verifier.verify(&token, now.minus(Duration::from_secs(5))).is_ok());
    let early = verifier.verify(&token, now.minus(Duration::from_millis(5_001)));
    assert!(matches!(early, Err(TokenError::NotYet)));
}

#[test]
fn no_token_outlives_a_retired_key() {
    let issuer = Issuer::new();
    let subject = user(&issuer.random, issuer.clock.now());
    let claims = Claims::new(subject, Duration::from_hours(900), issuer.clock.now(), &issuer.random);
    let lifetime = u64::try_from(claims.exp - claims.iat).unwrap();
    assert_eq!(Duration::from_secs(lifetime), Claims::MAX_LIFETIME);
}

/// Signs any claims under any header with the issuer's own key, read from its file.
fn forge(issuer: &Issuer, header: &Header, claims: &impl serde::Serialize) -> String {
    let file = std::fs::read_to_string(issuer._folder.path().join("signing-keys.json")).unwrap();
    let file: serde_json::Value = serde_json::from_str(&file).unwrap();
    let seed: [u8; 32] =
        URL_SAFE_NO_PAD.decode(file["keys"][0]["seed"].as_str().unwrap()).unwrap().try_into().unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&seed);
    let document = ed25519_dalek::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).unwrap();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_ed_der(document.as_bytes())).unwrap()
}

fn header(issuer: &Issuer) -> Header {
    Header { kid: issuer.jwks().keys[0].common.key_id.clone(), ..Header::new(Algorithm::EdDSA) }
}

#[test]
fn claims_for_others_from_others_or_against_themselves_are_refused_even_with_our_signature() {
    let issuer = Issuer::new();
    let good = issuer.claims();
    let changes: [fn(&mut Claims); 6] = [
        |claims| claims.iss = "elsewhere".to_owned(),
        |claims| claims.aud = "elsewhere".to_owned(),
        |claims| claims.sub = "somebody".to_owned(),
        |claims| claims.kind = TokenKind::Run,
        |claims| claims.kind = TokenKind::Service,
        |claims| claims.actor = Actor::Service { name: "jobs".to_owned() },
    ];
    for change in changes {
        let mut claims = good.clone();
        change(&mut claims);
        let token = forge(&issuer, &header(&issuer), &claims);
        let error = issuer.verifier().verify(&token, issuer.clock.now()).unwrap_err();
        assert!(matches!(error, TokenError::Foreign(_) | TokenError::Contradictory), "{error:?}");
        assert_eq!(Fault::from(error).code, "token_invalid");
    }
}

#[test]
fn only_eddsa_is_accepted_and_only_with_a_known_key() {
    let issuer = Issuer::new();
    let (verifier, now) = (issuer.verifier(), issuer.clock.now());
    let public = issuer.jwks();
    let as_secret = EncodingKey::from_secret(serde_json::to_string(&public).unwrap().as_bytes());
    let hmac = Header { kid: header(&issuer).kid, ..Header::new(Algorithm::HS256) };
    let token = jsonwebtoken::encode(&hmac, &issuer.claims(), &as_secret).unwrap();
    assert!(matches!(verifier.verify(&token, now), Err(TokenError::Untrusted(_))));

    let none = r#"{"alg":"none","kid":"KID"}"#.replace("KID", &header(&issuer).kid.unwrap());
    let body = issuer.token().split('.').nth(1).unwrap().to_owned();
    let token = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(none));
    assert!(matches!(verifier.verify(&token, now), Err(TokenError::Untrusted(_))));

    let unknown = Header { kid: Some("other".to_owned()), ..Header::new(Algorithm::EdDSA) };
    let token = forge(&issuer, &unknown, &issuer.claims());
    assert!(matches!(verifier.verify(&token, now), Err(TokenError::UnknownKey)));

    let nameless = forge(&issuer, &Header::new(Algorithm::EdDSA), &issuer.claims());
    assert!(matches!(verifier.verify(&nameless, now), Err(TokenError::UnknownKey)));
}

#[test]
fn a_key_embedded_in_the_token_is_ignored() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    stranger.keys.rotate(stranger.clock.now(), &Random::seeded(99)).unwrap();
    let own = stranger.keys.jwks(stranger.clock.now()).keys.pop().unwrap();
    let header = Header { kid: header(&issuer).kid, jwk: Some(own), ..Header::new(Algorithm::EdDSA) };
    let document = std::fs::read_to_string(stranger._folder.path().join("signing-keys.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let seed = URL_SAFE_NO_PAD.decode(document["keys"][1]["seed"].as_str().unwrap()).unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&seed.try_into().unwrap());
    let der = ed25519_dalek::pkcs8::EncodePrivateKey::to_pkcs8_der(&key).unwrap();
    let token =
        jsonwebtoken::encode(&header, &issuer.claims(), &EncodingKey::from_ed_der(der.as_bytes())).unwrap();
    let error = issuer.verifier().verify(&token, issuer.clock.now()).unwrap_err();
    assert!(matches!(error, TokenError::Untrusted(_)));
}

#[test]
fn a_token_longer_than_any_of_ours_is_not_even_decoded() {
    let issuer = Issuer::new();
    let long = "a".repeat(8 * 1024 + 1);
    assert!(matches!(issuer.verifier().verify(&long, issuer.clock.now()), Err(TokenError::TooLong)));
}

#[test]
fn the_largest_built_in_role_fits_into_a_token() {
    let issuer = Issuer::new();
    let mut subject = user(&issuer.random, issuer.clock.now());
    subject.grants = Role::ALL.iter().fold(Grants::default(), |all, role| all.union(&role.grants()));
    let token = issuer.keys.signer().sign(&claims(subject, &issuer.clock, &issuer.random)).unwrap();
    assert!(issuer.verifier().verify(&token, issuer.clock.now()).is_ok());
}

#[test]
fn a_key_set_with_anything_but_ed25519_is_refused_and_changes_nothing() {
    let issuer = Issuer::new();
    let (verifier, token) = (issuer.verifier(), issuer.token());
    let broken = [
        r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
        r#"{"kty":"EC","crv":"P-256","kid":"a","x":"AA","y":"AA"}"#,
        r#"{"kty":"oct","kid":"a","k":"AA"}"#,
    ];
    for key in broken {
        let jwks: Jwks = serde_json::from_str(&format!(r#"{{"keys":[{key}]}}"#)).unwrap();
        assert!(verifier.replace_keys(&jwks).is_err(), "{key}");
    }
    assert!(verifier.verify(&token, issuer.clock.now()).is_ok());
}

#[tokio::test]
async fn an_unknown_key_makes_the_verifier_ask_its_source_once_in_ten_seconds() {
    let issuer = Issuer::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let (keys, clock, count) = (issuer.keys.clone(), issuer.clock.clone(), Arc::clone(&asked));
    let verifier = Verifier::fetching(move || {
        count.fetch_add(1, Ordering::SeqCst);
        let jwks = keys.jwks(clock.now());
        async move { Ok(jwks) }
    });
    let first = issuer.token();
    assert!(verifier.verify_fetching(&first, issuer.clock.now()).await.is_ok());
    assert!(verifier.verify_fetching(&first, issuer.clock.now()).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a known key asks nobody");

    issuer.keys.rotate(issuer.clock.now(), &issuer.random).unwrap();
    let second = issuer.token();
    let soon = verifier.verify_fetching(&second, issuer.clock.now()).await;
    assert!(matches!(soon, Err(TokenError::UnknownKey)));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    issuer.clock.advance(Verifier::FETCH_INTERVAL);
    assert!(verifier.verify_fetching(&second, issuer.clock.now()).await.is_ok());
    assert!(
        verifier.verify_fetching(&first, issuer.clock.now()).await.is_ok(),
        "the retired key still verifies"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_source_that_is_away_is_reported_as_unavailable_and_not_as_a_bad_token() {
    let issuer = Issuer::new();
    let verifier = Verifier::fetching(|| async { Err(Fault::unavailable("identity is away")) });
    for _ in 0..2 {
        let error = verifier.verify_fetching(&issuer.token(), issuer.clock.now()).await.unwrap_err();
        assert_eq!(Fault::from(error).kind, FaultKind::Unavailable);
    }
}

#[tokio::test]
async fn callers_that_meet_an_unknown_key_together_share_one_question() {
    let issuer = Issuer::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let (jwks, count) = (issuer.jwks(), Arc::clone(&asked));
    let verifier = Verifier::fetching(move || {
        let (jwks, count) = (jwks.clone(), Arc::clone(&count));
        async move {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(jwks)
        }
    });
    let token = issuer.token();
    let (a, b, c) = tokio::join!(
        verifier.verify_fetching(&token, issuer.clock.now()),
        verifier.verify_fetching(&token, issuer.clock.now()),
        verifier.verify_fetching(&token, issuer.clock.now()),
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

proptest! {
    #[test]
    fn no_text_but_the_token_itself_is_ever_accepted(text in "[ -~]{0,80}") {
        let issuer = Issuer::new();
        prop_assert!(issuer.verifier().verify(&text, issuer.clock.now()).is_err());
    }

    #[test]
    fn a_token_with_any_one_character_changed_is_refused(at in 0..1_000_usize, with in "[A-Za-z0-9_-]") {
        let issuer = Issuer::new();
        let token = issuer.token();
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        // The last character of a signature carries bits that stand for nothing.
        prop_assume!(changed != token && at + 1 != token.len());
        prop_assert!(issuer.verifier().verify(&changed, issuer.clock.now()).is_err());
    }
}
