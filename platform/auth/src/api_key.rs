//! The form of an API key: `mtr_<prefix>_<secret><checksum>`.
//!
//! The prefix (8 characters) finds the key in the database and may be shown. The secret (43 characters,
//! 256 bits) is kept only as its SHA-256: it cannot be guessed, so a slow hash would protect nothing. The
//! checksum (6 characters, CRC-32) lets a scanner for leaked keys tell a real one from a lookalike
//! without asking us. All of it is base62, so a double click selects the whole key.

use std::fmt;

use metier_core::{Random, Secret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const MARK: &str = "mtr_";
const PREFIX_LENGTH: usize = 8;
const SECRET_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a text is not an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Not of the form `mtr_<8>_<49>`.
    #[error("the API key does not have the form mtr_<8 characters>_<49 characters>")]
    Form,
    /// A character was lost or changed on the way.
    #[error("the API key is mistyped: its checksum does not match")]
    Checksum,
}

/// A whole API key, secret included. Shown to its owner once.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    prefix: String,
    secret: Secret<String>,
}

impl ApiKey {
    /// Length of a key as text.
    pub const LENGTH: usize = MARK.len() + PREFIX_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

    /// A fresh key.
    pub fn generate(random: &Random) -> Self {
        Self {
            prefix: random_text(random, PREFIX_LENGTH),
            secret: Secret::new(random_text(random, SECRET_LENGTH)),
        }
    }

    /// Whether the text claims to be an API key.
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(MARK)
    }

    /// Reads a key.
    ///
    /// # Errors
    /// When it has another form, or was mistyped.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let parts = text.strip_prefix(MARK).and_then(|rest| rest.split_once('_'));
        let Some((prefix, rest)) = parts.filter(|(prefix, rest)| is_plain(prefix) && is_plain(rest)) else {
            return Err(ApiKeyError::Form);
        };
        if prefix.len() != PREFIX_LENGTH || rest.len() != SECRET_LENGTH + CHECKSUM_LENGTH {
            return Err(ApiKeyError::Form);
        }
        let (secret, sum) = rest.split_at(SECRET_LENGTH);
        if checksum(prefix, secret) != sum {
            return Err(ApiKeyError::Checksum);
        }
        Ok(Self { prefix: prefix.to_owned(), secret: Secret::new(secret.to_owned()) })
    }

    /// The key as its owner gets it.
    pub fn text(&self) -> Secret<String> {
        let (prefix, secret) = (&self.prefix, self.secret.expose());
        Secret::new(format!("{MARK}{prefix}_{secret}{}", checksum(prefix, secret)))
    }

    /// What finds the key, and may be shown.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What is stored of the secret.
    pub fn digest(&self) -> ApiKeyDigest {
        ApiKeyDigest(Sha256::digest(self.secret.expose().as_bytes()).into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}_***", self.prefix)
    }
}

/// The SHA-256 of a key's secret. It is compared in constant time only, so it has no `==`.
#[derive(Clone, Copy)]
pub struct ApiKeyDigest([u8; 32]);

impl ApiKeyDigest {
    /// From the stored bytes; `None` when they are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this is the digest of the key, in constant time.
    pub fn matches(&self, key: &ApiKey) -> bool {
        self.0.ct_eq(&key.digest().0).into()
    }
}

impl fmt::Debug for ApiKeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyDigest")
    }
}

/// Evenly distributed base62: bytes that would favor the first digits are thrown away.
fn random_text(random: &Random, length: usize) -> String {
    let even = |byte: &u8| usize::from(*byte) < 256 / DIGITS.len() * DIGITS.len();
    let bytes = std::iter::repeat_with(|| random.bytes::<32>()).flatten().filter(even);
    bytes.take(length).map(|byte| char::from(DIGITS[usize::from(byte) % DIGITS.len()])).collect()
}

fn checksum(prefix: &str, secret: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    [prefix, "_", secret].iter().for_each(|part| hasher.update(part.as_bytes()));
    let mut rest = hasher.finalize() as usize;
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[rest % DIGITS.len()];
        rest /= DIGITS.len();
    }
    digits.iter().copied().map(char::from).collect()
}
