//! The private keys that sign user and run tokens, and their rotation.

use std::{
    fmt,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{
        AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, OctetKeyPairParameters,
        OctetKeyPairType, PublicKeyUse,
    },
};
use metier_core::{Random, Timestamp};

use crate::{
    Claims, Jwks, KeyError, TokenError,
    key_file::{KeyFile, StoredKey},
};

/// The signing keys of an installation: one active, and retired ones until their last token is gone.
/// Clones share the keys.
#[derive(Clone)]
pub struct SigningKeys {
    file: KeyFile,
    keys: Arc<RwLock<Vec<LoadedKey>>>,
}

#[derive(Clone)]
struct LoadedKey {
    stored: StoredKey,
    public: Jwk,
    encoding: EncodingKey,
}

impl LoadedKey {
    fn load(stored: StoredKey) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(stored.seed.expose());
        Ok(Self { public: public_jwk(&stored.kid, &key), encoding: encoding_key(&key)?, stored })
    }

    fn verifies(&self, now: Timestamp) -> bool {
        self.stored.retired_at.is_none_or(|retired| now < retired.plus(SigningKeys::RETIRED_FOR))
    }
}

impl SigningKeys {
    /// How long a retired key still verifies: until the last token it signed is gone.
    pub const RETIRED_FOR: Duration = Claims::MAX_LIFETIME;

    /// Reads the keys in the folder, or makes the first one. Processes sharing the folder agree on it.
    ///
    /// # Errors
    /// When the file cannot be read or written, is damaged, or may be read by others.
    pub fn open(folder: &Path, now: Timestamp, random: &Random) -> Result<Self, KeyError> {
        let file = KeyFile::new(folder);
        let _lock = file.lock()?;
        let stored = match file.read()? {
            Some(stored) => stored,
            None => {
                let first = vec![StoredKey::generate(now, random)];
                file.write(&first)?;
                first
            }
        };
        let keys = load(&file, stored)?;
        Ok(Self { file, keys: Arc::new(RwLock::new(keys)) })
    }

    /// Looks at the keys in the folder and makes none; whether there are any.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, or may be read by others.
    pub fn check(folder: &Path) -> Result<bool, KeyError> {
        let file = KeyFile::new(folder);
        let Some(stored) = file.read()? else { return Ok(false) };
        load(&file, stored).map(|_keys| true)
    }

    /// Signs with a fresh key from now on; the present one goes on verifying for
    /// [`SigningKeys::RETIRED_FOR`]. Keys retired longer ago are deleted.
    ///
    /// # Errors
    /// When the file cannot be read or written; nothing has changed then.
    pub fn rotate(&self, now: Timestamp, random: &Random) -> Result<(), KeyError> {
        let _lock = self.file.lock()?;
        let mut keys = load(&self.file, self.file.read()?.unwrap_or_default())?;
        keys.retain(|key| key.verifies(now));
        for key in &mut keys {
            key.stored.retired_at.get_or_insert(now);
        }
        keys.push(LoadedKey::load(StoredKey::generate(now, random))?);
        self.file.write(&keys.iter().map(|key| key.stored.clone()).collect::<Vec<_>>())?;
        self.replace(keys);
        Ok(())
    }

    /// Takes over what another process sharing the folder has changed.
    ///
    /// # Errors
    /// When the file cannot be read; the keys stay as they were.
    pub fn reload(&self) -> Result<(), KeyError> {
        let keys = load(&self.file, self.file.read()?.unwrap_or_default())?;
        self.replace(keys);
        Ok(())
    }

    fn replace(&self, keys: Vec<LoadedKey>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The public keys that verify at this moment (RFC 7517, RFC 8037).
    pub fn jwks(&self, now: Timestamp) -> Jwks {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Jwks { keys: keys.iter().filter(|key| key.verifies(now)).map(|key| key.public.clone()).collect() }
    }

    /// The power to sign, without the power to rotate.
    pub fn signer(&self) -> Signer {
        Signer(self.clone())
    }

    fn active(&self) -> Option<LoadedKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().rev().find(|key| key.stored.retired_at.is_none()).cloned()
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").field("file", &self.file.path()).finish_non_exhaustive()
    }
}

/// Signs tokens with the active key.
#[derive(Clone, Debug)]
pub struct Signer(SigningKeys);

impl Signer {
    /// The token as text.
    ///
    /// # Errors
    /// When the claims cannot be encoded, or there is no active key.
    pub fn sign(&self, claims: &Claims) -> Result<String, TokenError> {
        let key = self.0.active().ok_or(TokenError::UnknownKey)?;
        encode(key.stored.kid, claims, &key.encoding)
    }
}

fn load(file: &KeyFile, stored: Vec<StoredKey>) -> Result<Vec<LoadedKey>, KeyError> {
    if !stored.iter().any(|key| key.retired_at.is_none()) {
        return Err(KeyError::NoActiveKey(file.path()));
    }
    stored.into_iter().map(LoadedKey::load).collect()
}

pub(crate) fn encode(kid: String, claims: &Claims, key: &EncodingKey) -> Result<String, TokenError> {
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, key).map_err(TokenError::Signing)
}

pub(crate) fn encoding_key(key: &SigningKey) -> Result<EncodingKey, KeyError> {
    let document = key.to_pkcs8_der().map_err(KeyError::Encoding)?;
    Ok(EncodingKey::from_ed_der(document.as_bytes()))
}

fn public_jwk(kid: &str, key: &SigningKey) -> Jwk {
    Jwk {
        common: CommonParameters {
            public_key_use: Some(PublicKeyUse::Signature),
            key_algorithm: Some(KeyAlgorithm::EdDSA),
            key_id: Some(kid.to_owned()),
            ..CommonParameters::default()
        },
        algorithm: AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
        }),
    }
}
