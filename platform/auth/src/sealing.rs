//! Sealing what has to be kept and used again: secrets that a service shows to others, such as the keys that sign
//! webhooks.
//!
//! AES-256-GCM under a key that is HKDF-SHA256 of the join secret and the service's name: whoever has a copy of a
//! database alone reads nothing, and a restored installation, whose keys are in the backup, reads everything. What is
//! sealed names what it belongs to, so it opens nowhere else.

use std::{fmt, sync::Arc};

use metier_core::{Fault, Random, Secret};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The first byte: how the rest was sealed.
const VERSION: u8 = 1;

/// Seals and opens what belongs to one service. Clones share the key.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<LessSafeKey>,
    random: Random,
}

impl Sealer {
    /// Seals with this key.
    ///
    /// # Errors
    /// When the key is not one.
    pub(crate) fn new(key: &Secret<[u8; 32]>, random: &Random) -> Result<Self, Fault> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(Fault::internal)?;
        Ok(Self { key: Arc::new(LessSafeKey::new(key)), random: random.clone() })
    }

    /// Seals a secret that belongs to `owner`.
    ///
    /// # Errors
    /// When it is too long to be one.
    pub fn seal(&self, owner: &str, secret: &Secret<String>) -> Result<Vec<u8>, Fault> {
        let nonce: [u8; NONCE_LEN] = self.random.bytes();
        let mut content = secret.expose().as_bytes().to_vec();
        let sealed = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(sealed, Aad::from(owner.as_bytes()), &mut content)
            .map_err(Fault::internal)?;
        Ok([&[VERSION][..], &nonce, &content].concat())
    }

    /// Opens what was sealed for `owner`.
    ///
    /// # Errors
    /// When it was sealed for another one, with another key, or was changed.
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Result<Secret<String>, Fault> {
        let broken = || Fault::internal("a sealed secret does not open: is the join secret another one?");
        let (&version, rest) = sealed.split_first().ok_or_else(broken)?;
        let (nonce, content) = rest.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        if version != VERSION {
            return Err(broken());
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut content = content.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut content);
        let text = String::from_utf8(opened.map_err(|_| broken())?.to_vec()).map_err(|_| broken())?;
        Ok(Secret::new(text))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&Secret::new([key; 32]), &Random::system()).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_with_its_key_and_unchanged() {
        let secret = Secret::new("a secret".to_owned());
        let sealed = sealer(1).seal("webhook 1", &secret).unwrap();
        assert_eq!(sealer(1).open("webhook 1", &sealed).unwrap(), secret);
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        assert!(sealer(1).open("webhook 2", &sealed).is_err());
        assert!(sealer(2).open("webhook 1", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(sealer(1).open("webhook 1", &changed).is_err(), "{place}");
            assert!(sealer(1).open("webhook 1", &sealed[..place]).is_err(), "{place}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike() {
        let (sealer, secret) = (sealer(1), Secret::new("again".to_owned()));
        assert_ne!(sealer.seal("it", &secret).unwrap(), sealer.seal("it", &secret).unwrap());
    }
}
