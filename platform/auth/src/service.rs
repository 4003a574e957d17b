//! How services prove themselves to each other: a key per service, derived from the join secret.
//!
//! Each service's Ed25519 key is HKDF-SHA256 of the join secret with the service's name, so peers need no
//! exchange of keys and a restarted service is known at once.
//!
//! It protects against everyone who does not hold the join secret, and a token that leaks is good for one
//! minute, for one callee and for the rights it names. It does not protect against a service or machine
//! that holds the secret: it can derive every other service's key and speak for any user. Whoever must be
//! kept out gets a run token or an API key, never the join secret. It does not encrypt: that is TLS.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use jsonwebtoken::{DecodingKey, EncodingKey};
use metier_core::{BoxFuture, Clock, Ctx, Fault, Random, Secret, Timestamp, TokenSource};
use sha2::Sha256;

use crate::{
    Claims, KeyError, Sealer, Subject, TokenError, TokenKind,
    keys::{encode, encoding_key},
    proven::Proven,
    verifier::{decode, key_id},
};

/// Marks a key id as a service's.
const KEY_ID_PREFIX: &str = "service:";

/// Knows every service's key, because it knows the join secret. Clones share what was derived.
#[derive(Clone)]
pub struct ServiceKeys {
    secret: Arc<Secret<String>>,
    known: Arc<RwLock<HashMap<String, DecodingKey>>>,
    proven: Arc<Proven>,
}

impl ServiceKeys {
    /// Shortest join secret: 32 characters of base64 or hex are out of reach of guessing.
    pub const MIN_SECRET_LENGTH: usize = 32;
    /// How long a service's token is valid.
    pub const LIFETIME: Duration = Duration::from_mins(1);

    /// Takes the secret that all services of an installation share.
    ///
    /// # Errors
    /// When the secret is short enough to be guessed.
    pub fn from_join_secret(secret: &Secret<String>) -> Result<Self, KeyError> {
        if secret.expose().trim().len() < Self::MIN_SECRET_LENGTH {
            return Err(KeyError::WeakJoinSecret(Self::MIN_SECRET_LENGTH));
        }
        Ok(Self { secret: Arc::new(secret.clone()), known: Arc::default(), proven: Arc::new(Proven::new()) })
    }

    /// A fresh join secret, for an installation on one machine that nobody has to join by hand.
    pub fn generate_join_secret(random: &Random) -> Secret<String> {
        Secret::new(URL_SAFE_NO_PAD.encode(random.bytes::<32>()))
    }

    /// The service's own key.
    ///
    /// # Errors
    /// When the name is not a service name.
    pub fn signer(&self, service: &str, random: &Random) -> Result<ServiceSigner, TokenError> {
        if !is_service_name(service) {
            return Err(TokenError::ServiceName(service.to_owned()));
        }
        let key = encoding_key(&self.derive(service)).map_err(|_| TokenError::UnknownKey)?;
        Ok(ServiceSigner { name: service.into(), key, random: random.clone() })
    }

    /// What seals the secrets that the service keeps for others.
    ///
    /// # Errors
    /// When the name is not a service name.
    pub fn sealer(&self, service: &str, random: &Random) -> Result<Sealer, Fault> {
        if !is_service_name(service) {
            return Err(TokenError::ServiceName(service.to_owned()).into());
        }
        Sealer::new(&derive(&self.secret, &format!("metier sealing {service}")), random)
    }

    /// Checks a token that some service made for `audience`.
    ///
    /// # Errors
    /// When it was not made with the join secret, is for another service, or its time is over.
    pub fn verify(&self, token: &str, audience: &str, now: Timestamp) -> Result<Claims, TokenError> {
        let kid = key_id(token)?;
        let name = kid.strip_prefix(KEY_ID_PREFIX).ok_or(TokenError::UnknownKey)?;
        if !is_service_name(name) {
            return Err(TokenError::Foreign("issuer"));
        }
        let claims = self.proven.claims(token, || self.decode(token, name))?;
        claims.check(name, audience, now)?;
        match claims.kind {
            TokenKind::Service => Ok(claims),
            TokenKind::User | TokenKind::Run => Err(TokenError::Contradictory),
        }
    }

    /// Whether a token says that a service made it; its signature is not looked at.
    pub fn made(token: &str) -> bool {
        key_id(token).is_ok_and(|kid| kid.starts_with(KEY_ID_PREFIX))
    }

    /// Remembers a key only after it verified a token, so that forged names fill no memory.
    fn decode(&self, token: &str, name: &str) -> Result<Claims, TokenError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(key) = known {
            return decode(token, &key);
        }
        let key = DecodingKey::from_ed_der(self.derive(name).verifying_key().as_bytes());
        let claims = decode(token, &key)?;
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), key);
        Ok(claims)
    }

    fn derive(&self, service: &str) -> SigningKey {
        SigningKey::from_bytes(derive(&self.secret, &format!("metier service {service}")).expose())
    }
}

impl fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKeys")
    }
}

/// Signs the calls of one service.
#[derive(Clone)]
pub struct ServiceSigner {
    name: Arc<str>,
    key: EncodingKey,
    random: Random,
}

impl ServiceSigner {
    /// A token with which the service calls `audience` in this context: for itself when the context is its
    /// own, otherwise for the one who asked it, with their rights and no more.
    ///
    /// # Errors
    /// When the claims cannot be encoded.
    pub fn sign(&self, ctx: &Ctx, audience: &str, now: Timestamp) -> Result<String, TokenError> {
        let subject = Subject {
            actor: ctx.actor.clone(),
            workspace: ctx.workspace,
            grants: ctx.grants.as_ref().clone(),
            session: None,
            number: None,
        };
        let jti = self.random.uuid(now);
        let lifetime = ServiceKeys::LIFETIME;
        let claims = Claims::issued(TokenKind::Service, &self.name, audience, subject, lifetime, now, jti);
        encode(format!("{KEY_ID_PREFIX}{}", self.name), &claims, &self.key)
    }

    /// Tokens for a link to `audience`, in the context that the calls are made in.
    pub fn tokens(&self, ctx: &Ctx, audience: &str, clock: &Clock) -> ServiceToken {
        ServiceToken {
            signer: self.clone(),
            ctx: ctx.clone(),
            audience: audience.into(),
            clock: clock.clone(),
            made: Mutex::new(None),
        }
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for ServiceSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceSigner").field(&self.name).finish()
    }
}

/// The token of a link to one callee, made anew when half of its life is over.
pub struct ServiceToken {
    signer: ServiceSigner,
    ctx: Ctx,
    audience: Arc<str>,
    clock: Clock,
    made: Mutex<Option<(Timestamp, Secret<String>)>>,
}

impl ServiceToken {
    fn current(&self) -> Result<Secret<String>, Fault> {
        let now = self.clock.now();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, token)) = made.as_ref()
            && now.since(*at) < ServiceKeys::LIFETIME / 2
        {
            return Ok(token.clone());
        }
        let token = Secret::new(self.signer.sign(&self.ctx, &self.audience, now)?);
        *made = Some((now, token.clone()));
        Ok(token)
    }
}

impl TokenSource for ServiceToken {
    fn token(&self) -> BoxFuture<'_, Result<Secret<String>, Fault>> {
        Box::pin(ready(self.current()))
    }
}

impl fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceToken").field("audience", &self.audience).finish_non_exhaustive()
    }
}

/// A key for one purpose, as good as the secret it comes from.
pub(crate) fn derive(secret: &Secret<String>, purpose: &str) -> Secret<[u8; 32]> {
    let mut key = [0; 32];
    let expanded =
        Hkdf::<Sha256>::new(None, secret.expose().trim().as_bytes()).expand(purpose.as_bytes(), &mut key);
    debug_assert!(expanded.is_ok(), "32 bytes are within what HKDF-SHA256 gives");
    Secret::new(key)
}

fn is_service_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(plain)
}
