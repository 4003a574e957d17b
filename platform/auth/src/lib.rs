//! Who is asking: tokens, signing keys, service identity, passwords, API keys and the one rule for cookies.
//!
//! Three kinds of token, all JWT signed with Ed25519 and nothing else: `user` (a person, or an API key
//! acting for one), `run` (minted by a claim for one run) and `service` (one service calling another).
//! Every service verifies locally with public keys, so a right that is taken away ends when the token
//! does: at most [`Claims::ACCESS_LIFETIME`] later. Time and randomness are always handed in.
//!
//! Absent on purpose: sign-in, refresh tokens, sessions and lockout. They need a database and live in the
//! identity service.

mod api_key;
mod authenticator;
mod claims;
mod cookies;
mod csrf;
mod error;
mod key_file;
mod keys;
mod password;
mod policy;
mod proven;
mod sealing;
mod service;
mod verifier;

pub use api_key::{ApiKey, ApiKeyDigest, ApiKeyError};
pub use authenticator::{Authenticator, Credential};
pub use claims::{Claims, Subject, TokenKind};
pub use cookies::{CSRF_COOKIE, PLAIN_COOKIE, SESSION_COOKIE, SessionCookies};
pub use csrf::{CSRF_HEADER, CsrfGuard};
pub use error::{KeyError, TokenError};
pub use jsonwebtoken::jwk::JwkSet as Jwks;
pub use keys::{Signer, SigningKeys};
pub use password::{HashSettings, PasswordError, PasswordHasher};
pub use policy::{PasswordRefusal, check_password};
pub use sealing::Sealer;
pub use service::{ServiceKeys, ServiceSigner, ServiceToken};
pub use verifier::Verifier;
