//! Content on its way in: counted, hashed, and stopped at the limit.

use sha2::{Digest, Sha256};

use crate::BlobError;

/// Counts and hashes content.
pub(crate) struct Measure {
    limit: u64,
    size: u64,
    hash: Sha256,
}

impl Measure {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, size: 0, hash: Sha256::new() }
    }

    pub(crate) fn add(&mut self, part: &[u8]) -> Result<(), BlobError> {
        self.size += part.len() as u64;
        if self.size > self.limit {
            return Err(BlobError::TooLarge(self.limit));
        }
        self.hash.update(part);
        Ok(())
    }

    /// The size, and the SHA-256 in hexadecimal.
    pub(crate) fn end(self) -> (u64, String) {
        (self.size, format!("{:x}", self.hash.finalize()))
    }
}
