//! Why a token or a key was refused, and what the client hears of it.

use std::{io, path::PathBuf};

use metier_core::{Fault, FaultKind};

/// Why a token was refused.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come; the clocks of two machines disagree.
    #[error("the token is not valid yet")]
    NotYet,
    /// Longer than any token of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not a JWT, a foreign algorithm, or a signature that does not match.
    #[error("the token is not signed by us")]
    Untrusted(#[source] jsonwebtoken::errors::Error),
    /// Signed with a key that is not in the key set.
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// Issued by or for somebody else.
    #[error("the token's {0} is not ours")]
    Foreign(&'static str),
    /// Its claims contradict each other.
    #[error("the token's claims contradict each other")]
    Contradictory,
    /// The key set could not be fetched, so nobody can tell.
    #[error("the signing keys cannot be fetched")]
    KeysUnavailable,
    /// A token could not be made.
    #[error("the token cannot be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// A service may not have this name.
    #[error("{0:?} is not a service name: 1 to 32 of a-z 0-9 -")]
    ServiceName(String),
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        let (code, message) = match error {
            TokenError::Expired => ("token_expired", "the token has expired; sign in or refresh it"),
            TokenError::KeysUnavailable => {
                return Self::unavailable("the signing keys cannot be fetched").caused_by(error);
            }
            TokenError::Signing(_) | TokenError::ServiceName(_) => return Self::internal(error),
            _ => ("token_invalid", "the token is not valid"),
        };
        Self::new(FaultKind::Unauthenticated, code, message).caused_by(error)
    }
}

/// Why keys could not be read, written or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The folder or file cannot be read or written.
    #[error("cannot use key file {}", .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others on this machine may read the private keys.
    #[error("key file {} may be read by others (mode {mode:o}); it must be 600", .path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not what we wrote.
    #[error("key file {} is damaged", .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The file holds no key that may sign.
    #[error("key file {} holds no active key", .0.display())]
    NoActiveKey(PathBuf),
    /// A public key that is not an Ed25519 key with a name.
    #[error("key {0:?} is not an Ed25519 key with a key id")]
    NotEd25519(String),
    /// A private key that cannot be encoded.
    #[error("the private key cannot be encoded")]
    Encoding(#[source] ed25519_dalek::pkcs8::Error),
    /// The join secret can be guessed.
    #[error("the join secret must have at least {0} characters")]
    WeakJoinSecret(usize),
}
