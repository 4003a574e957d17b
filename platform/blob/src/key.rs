//! Names of contents.

use std::{fmt, path::PathBuf, str::FromStr};

use crate::BlobError;

const MAX_LENGTH: usize = 512;
const MAX_PART: usize = 128;

/// A content's name: parts of `a-z 0-9 - _ .` between slashes, none of them starting with a dot.
///
/// What is not of this form is refused, so no key leads out of the folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    pub(crate) fn path(&self) -> PathBuf {
        self.0.split('/').collect()
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_part(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    !part.is_empty() && part.len() <= MAX_PART && !part.starts_with('.') && part.bytes().all(plain)
}

impl FromStr for BlobKey {
    type Err = BlobError;
    fn from_str(text: &str) -> Result<Self, BlobError> {
        if text.len() > MAX_LENGTH || !text.split('/').all(is_part) {
            return Err(BlobError::Key(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_leave_the_folder() {
        for text in ["", "/", "a//b", "../a", "a/../b", "/etc/passwd", "a/.hidden", "A", "a b", "a\\b", "a\0"]
        {
            assert!(text.parse::<BlobKey>().is_err(), "{text:?}");
        }
        assert_eq!(
            "results/0a/1.json".parse::<BlobKey>().unwrap().path(),
            PathBuf::from("results/0a/1.json")
        );
    }
}
