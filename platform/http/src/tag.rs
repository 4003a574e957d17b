//! Strong entity tags: which version of a thing an answer shows.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::HeaderValue;
use sha2::{Digest, Sha256};

/// A strong entity tag, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// Of a row that counts its versions.
    pub fn version(version: i64) -> Self {
        Self(version.to_string())
    }

    /// Of bytes that never change under the same tag.
    pub fn content(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
    }

    /// Reads `"..."`. A weak tag is none: it does not promise the same bytes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
        let plain = inner.bytes().all(|byte| byte == b'!' || (b'#'..=b'~').contains(&byte));
        (plain && !inner.is_empty()).then(|| Self(inner.to_owned()))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// The header value; both ways to make a tag only use visible ASCII.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}
