//! Opaque tokens that live in the database as hashes: refresh, device and setup tokens.
//!
//! Each is a mark (so that a scanner for leaked secrets knows it) and base64url of fixed-length bytes. The
//! secrets have 256 random bits, so their SHA-256 is as safe to keep as a slow hash would be.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use metier_core::{Id, Random, Secret, SessionId};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// What is kept of a secret.
#[derive(Clone, Copy)]
pub struct Hash([u8; 32]);

impl Hash {
    fn of(secret: &[u8]) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// From the database; `None` when it is not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the database.
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }

    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Names a device somebody signed in on.
pub enum Device {}
/// Names a device.
pub type DeviceId = Id<Device>;

/// Exchanged for the next one with a fresh access token. All tokens of a session share its id and `family`;
/// `secret` differs. So a token that was replaced is told from one that was never issued.
#[derive(Clone)]
pub struct RefreshToken {
    /// Whose session.
    pub session: SessionId,
    family: Secret<[u8; 16]>,
    secret: Secret<[u8; 32]>,
}

impl RefreshToken {
    const MARK: &str = "mrt_";

    /// The first token of a session.
    pub fn first(session: SessionId, random: &Random) -> Self {
        Self { session, family: Secret::new(random.bytes()), secret: Secret::new(random.bytes()) }
    }

    /// The token that replaces this one.
    pub fn next(&self, random: &Random) -> Self {
        Self { secret: Secret::new(random.bytes()), ..self.clone() }
    }

    /// Reads a token; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = read::<64>(Self::MARK, text)?;
        let (session, rest) = bytes.expose().split_at_checked(16)?;
        let (family, secret) = rest.split_at_checked(16)?;
        Some(Self {
            session: Id::from_uuid(Uuid::from_slice(session).ok()?),
            family: Secret::new(family.try_into().ok()?),
            secret: Secret::new(secret.try_into().ok()?),
        })
    }

    /// The token as its owner gets it.
    pub fn text(&self) -> Secret<String> {
        write(Self::MARK, &[self.session.uuid().as_bytes(), self.family.expose(), self.secret.expose()])
    }

    /// Kept for the whole session.
    pub fn family_hash(&self) -> Hash {
        Hash::of(self.family.expose())
    }

    /// Kept until the next token.
    pub fn secret_hash(&self) -> Hash {
        Hash::of(self.secret.expose())
    }
}

/// Proves that somebody signed in on this device before.
#[derive(Clone)]
pub struct DeviceToken {
    /// Which device.
    pub device: DeviceId,
    secret: Secret<[u8; 32]>,
}

impl DeviceToken {
    const MARK: &str = "mdt_";

    /// The token of a device seen for the first time.
    pub fn generate(device: DeviceId, random: &Random) -> Self {
        Self { device, secret: Secret::new(random.bytes()) }
    }

    /// Reads a token; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = read::<48>(Self::MARK, text)?;
        let (device, secret) = bytes.expose().split_at_checked(16)?;
        let device = Id::from_uuid(Uuid::from_slice(device).ok()?);
        Some(Self { device, secret: Secret::new(secret.try_into().ok()?) })
    }

    /// The token as the device keeps it.
    pub fn text(&self) -> Secret<String> {
        write(Self::MARK, &[self.device.uuid().as_bytes(), self.secret.expose()])
    }

    /// What is kept of it.
    pub fn hash(&self) -> Hash {
        Hash::of(self.secret.expose())
    }
}

/// Makes the first administrator, once.
#[derive(Clone)]
pub struct SetupToken(Secret<String>);

impl SetupToken {
    const MARK: &str = "mst_";
    /// Shortest token an operator may choose.
    pub const MIN_LENGTH: usize = 20;

    /// A fresh token.
    pub fn generate(random: &Random) -> Self {
        Self(write(Self::MARK, &[&random.bytes::<32>()]))
    }

    /// A token an operator chose, or somebody shows.
    pub fn new(text: Secret<String>) -> Self {
        Self(text)
    }

    /// The token as it is printed.
    pub fn text(&self) -> &Secret<String> {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> Hash {
        Hash::of(self.0.expose().trim().as_bytes())
    }
}

fn write(mark: &str, parts: &[&[u8]]) -> Secret<String> {
    let bytes = Secret::new(parts.concat());
    Secret::new(format!("{mark}{}", URL_SAFE_NO_PAD.encode(bytes.expose())))
}

fn read<const N: usize>(mark: &str, text: &str) -> Option<Secret<[u8; N]>> {
    // The length is checked before anything is decoded.
    let body = text.trim().strip_prefix(mark).filter(|body| body.len() == (N * 4).div_ceil(3))?;
    let bytes = Secret::new(URL_SAFE_NO_PAD.decode(body).ok()?);
    bytes.expose().as_slice().try_into().ok().map(Secret::new)
}

#[cfg(test)]
mod tests {
    use metier_core::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn session(random: &Random) -> SessionId {
        random.id(Timestamp::from_seconds(1))
    }

    #[test]
    fn the_next_token_is_of_the_same_family_and_not_the_same() {
        let random = Random::seeded(1);
        let first = RefreshToken::first(session(&random), &random);
        let next = first.next(&random);
        assert_eq!(first.session, next.session);
        assert!(first.family_hash().matches(&next.family_hash()));
        assert!(!first.secret_hash().matches(&next.secret_hash()));
    }

    #[test]
    fn a_hash_of_another_length_is_no_hash() {
        assert!(Hash::from_bytes(&[0; 31]).is_none());
        assert!(Hash::from_bytes(&[0; 32]).is_some());
    }

    proptest! {
        #[test]
        fn a_refresh_token_survives_the_wire(seed: u64) {
            let random = Random::seeded(seed);
            let token = RefreshToken::first(session(&random), &random);
            let read = RefreshToken::parse(token.text().expose()).unwrap();
            prop_assert_eq!(read.session, token.session);
            prop_assert!(read.family_hash().matches(&token.family_hash()));
            prop_assert!(read.secret_hash().matches(&token.secret_hash()));
        }

        #[test]
        fn a_device_token_survives_the_wire(seed: u64) {
            let random = Random::seeded(seed);
            let token = DeviceToken::generate(random.id(Timestamp::EPOCH), &random);
            let read = DeviceToken::parse(token.text().expose()).unwrap();
            prop_assert_eq!(read.device, token.device);
            prop_assert!(read.hash().matches(&token.hash()));
        }

        #[test]
        fn any_text_is_read_without_panic_and_only_the_exact_form_is_a_token(text in "\\PC{0,120}") {
            prop_assert!(RefreshToken::parse(&text).is_none());
            prop_assert!(DeviceToken::parse(&text).is_none());
        }

        #[test]
        fn a_changed_token_is_another_token(seed: u64, at in 4_usize..90, with in "[A-Za-z0-9_-]") {
            let random = Random::seeded(seed);
            let token = RefreshToken::first(session(&random), &random);
            let mut text = token.text().expose().clone();
            prop_assume!(text.is_char_boundary(at) && text[at..=at] != with);
            text.replace_range(at..=at, &with);
            let same = RefreshToken::parse(&text).is_some_and(|read| {
                read.session == token.session
                    && read.family_hash().matches(&token.family_hash())
                    && read.secret_hash().matches(&token.secret_hash())
            });
            prop_assert!(!same);
        }
    }
}
