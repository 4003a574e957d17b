//! Checks tokens with public keys, and fetches the keys again when one is unknown.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk},
};
use metier_core::{Fault, Timestamp};
use tokio::sync::Mutex;

use crate::{Claims, Jwks, KeyError, TokenError, TokenKind, proven::Proven};

/// Longest token that is looked at.
pub(crate) const MAX_TOKEN_LENGTH: usize = 8 * 1024;

type Keys = HashMap<String, DecodingKey>;
type Fetching = Pin<Box<dyn Future<Output = Result<Jwks, Fault>> + Send>>;
type Source = Box<dyn Fn() -> Fetching + Send + Sync>;

/// Verifies user and run tokens. Clones share the keys.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    ring: RwLock<Arc<Ring>>,
    source: Option<Source>,
    last_fetch: Mutex<Option<LastFetch>>,
}

/// Keys, and the tokens they have proven.
struct Ring {
    keys: Keys,
    proven: Proven,
}

#[derive(Clone, Copy)]
struct LastFetch {
    at: Timestamp,
    succeeded: bool,
}

impl Verifier {
    /// An unknown key makes us ask the source at most this often, so that forged tokens cost it nothing.
    pub const FETCH_INTERVAL: Duration = Duration::from_secs(10);

    /// Verifies with these keys until [`Verifier::replace_keys`].
    ///
    /// # Errors
    /// When a key is not an Ed25519 key with a key id.
    pub fn new(keys: &Jwks) -> Result<Self, KeyError> {
        Ok(Self::with(decoding_keys(keys)?, None))
    }

    /// Starts without keys and asks `source` for them: the local signing keys, or the identity service.
    pub fn fetching<F, Answer>(source: F) -> Self
    where
        F: Fn() -> Answer + Send + Sync + 'static,
        Answer: Future<Output = Result<Jwks, Fault>> + Send + 'static,
    {
        Self::with(Keys::new(), Some(Box::new(move || Box::pin(source()))))
    }

    fn with(keys: Keys, source: Option<Source>) -> Self {
        let ring = RwLock::new(Ring::of(keys));
        Self(Arc::new(Inner { ring, source, last_fetch: Mutex::new(None) }))
    }

    /// Verifies with these keys from now on.
    ///
    /// # Errors
    /// When a key is not an Ed25519 key with a key id; the keys stay as they were.
    pub fn replace_keys(&self, keys: &Jwks) -> Result<(), KeyError> {
        let ring = Ring::of(decoding_keys(keys)?);
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Checks a token against the keys at hand.
    ///
    /// # Errors
    /// When it is not ours, not for us, or its time is over or has not come.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let kid = key_id(token)?;
        let ring = self.ring();
        let key = ring.keys.get(&kid).ok_or(TokenError::UnknownKey)?;
        let claims = ring.proven.claims(token, || decode(token, key))?;
        claims.check(Claims::ISSUER, Claims::AUDIENCE, now)?;
        if claims.kind == TokenKind::Service {
            return Err(TokenError::Contradictory);
        }
        Ok(claims)
    }

    /// Checks a token, asking the source for its keys when the token names an unknown one.
    ///
    /// # Errors
    /// As [`Verifier::verify`], and when the keys cannot be fetched.
    pub async fn verify_fetching(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        match (self.verify(token, now), &self.0.source) {
            (Err(TokenError::UnknownKey), Some(source)) => {
                self.fetch(source, &key_id(token)?, now).await?;
                self.verify(token, now)
            }
            (verdict, _) => verdict,
        }
    }

    /// One caller asks; the others wait for its answer and then look at the keys again.
    async fn fetch(&self, source: &Source, kid: &str, now: Timestamp) -> Result<(), TokenError> {
        let mut last_fetch = self.0.last_fetch.lock().await;
        if self.ring().keys.contains_key(kid) {
            return Ok(());
        }
        if let Some(last) = *last_fetch
            && now.since(last.at) < Self::FETCH_INTERVAL
        {
            return if last.succeeded { Ok(()) } else { Err(TokenError::KeysUnavailable) };
        }
        let succeeded = self.take_over(source().await);
        *last_fetch = Some(LastFetch { at: now, succeeded });
        if succeeded { Ok(()) } else { Err(TokenError::KeysUnavailable) }
    }

    fn take_over(&self, answer: Result<Jwks, Fault>) -> bool {
        let outcome = answer.and_then(|keys| self.replace_keys(&keys).map_err(Fault::internal));
        if let Err(fault) = &outcome {
            tracing::warn!(error = %fault.chain(), "signing keys cannot be fetched");
        }
        outcome.is_ok()
    }
}

impl Ring {
    fn of(keys: Keys) -> Arc<Self> {
        Arc::new(Self { keys, proven: Proven::new() })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("keys", &self.ring().keys.len()).finish_non_exhaustive()
    }
}

/// The key a token says it was signed with. Not to be trusted before the signature is checked.
pub(crate) fn key_id(token: &str) -> Result<String, TokenError> {
    if token.len() > MAX_TOKEN_LENGTH {
        return Err(TokenError::TooLong);
    }
    let header = jsonwebtoken::decode_header(token).map_err(TokenError::Untrusted)?;
    header.kid.ok_or(TokenError::UnknownKey)
}

/// Checks the signature alone; times and names are checked against the clock that was handed in.
pub(crate) fn decode(token: &str, key: &DecodingKey) -> Result<Claims, TokenError> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.required_spec_claims.clear();
    (rules.validate_exp, rules.validate_nbf, rules.validate_aud) = (false, false, false);
    jsonwebtoken::decode(token, key, &rules).map(|token| token.claims).map_err(TokenError::Untrusted)
}

fn decoding_keys(keys: &Jwks) -> Result<Keys, KeyError> {
    keys.keys.iter().map(decoding_key).collect()
}

fn decoding_key(jwk: &Jwk) -> Result<(String, DecodingKey), KeyError> {
    let kid = jwk.common.key_id.clone().unwrap_or_default();
    let public = match &jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            URL_SAFE_NO_PAD.decode(&pair.x).ok()
        }
        _ => None,
    };
    let point = public.as_deref().and_then(|bytes| <&[u8; 32]>::try_from(bytes).ok());
    match point.map(ed25519_dalek::VerifyingKey::from_bytes) {
        Some(Ok(key)) if !kid.is_empty() && !key.is_weak() => {
            Ok((kid, DecodingKey::from_ed_der(key.as_bytes())))
        }
        _ => Err(KeyError::NotEd25519(kid)),
    }
}
