//! Names of blobs: `results/0193a1/7`, nothing that a file system or an object store could misread.

use std::{fmt, str::FromStr};

use metier_core::Fault;

/// A valid key: 1 to 16 segments of `a-z 0-9 _ - .`, joined by `/`, none of them beginning with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

/// The text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a blob key: 1 to 16 segments of 1 to 128 characters a-z 0-9 _ - . joined by /")]
pub struct BlobKeyError(String);

impl BlobKey {
    /// Most characters of a segment.
    pub const MAX_SEGMENT: usize = 128;
    /// Most segments.
    pub const MAX_SEGMENTS: usize = 16;

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folders and the name.
    pub(crate) fn split(&self) -> (Vec<&str>, &str) {
        let mut folders: Vec<_> = self.0.split('/').collect();
        let name = folders.pop().unwrap_or_default();
        (folders, name)
    }
}

impl FromStr for BlobKey {
    type Err = BlobKeyError;
    fn from_str(text: &str) -> Result<Self, BlobKeyError> {
        let valid = text.split('/').count() <= Self::MAX_SEGMENTS && text.split('/').all(is_segment);
        if valid { Ok(Self(text.to_owned())) } else { Err(BlobKeyError(text.chars().take(200).collect())) }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<BlobKeyError> for Fault {
    fn from(error: BlobKeyError) -> Self {
        Self::invalid("key", error.to_string())
    }
}

fn is_segment(segment: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.');
    (1..=BlobKey::MAX_SEGMENT).contains(&segment.len())
        && !segment.starts_with('.')
        && segment.bytes().all(is_plain)
}
