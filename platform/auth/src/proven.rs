//! Tokens whose signature was found good. To check one takes as long as fifty look-ups, and a caller shows the same token
//! again and again.
//!
//! Nothing but the signature is remembered: issuer, audience and times are looked at in every use, and other keys begin
//! with an empty memory. What is not good is not remembered, so that forged tokens drive out nobody's.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::{Claims, TokenError};

/// Most tokens; of more the one that was shown longest ago is checked anew.
const MOST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1_023);

type Memory = LruCache<[u8; 32], Claims>;

/// The memory of one set of keys.
pub(crate) struct Proven(Mutex<Memory>);

impl Proven {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }

    /// What a token says, its signature checked now or before.
    pub(crate) fn claims(
        &self,
        token: &str,
        check: impl FnOnce() -> Result<Claims, TokenError>,
    ) -> Result<Claims, TokenError> {
        let digest = Sha256::digest(token).into();
        if let Some(claims) = self.memory().get(&digest) {
            return Ok(claims.clone());
        }
        let claims = check()?;
        self.memory().put(digest, claims.clone());
        Ok(claims)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_good_is_asked_again_and_what_is_is_not() {
        let proven = Proven::new();
        assert!(proven.claims("token", || Err(TokenError::UnknownKey)).is_err());
        assert!(proven.claims("token", || Err(TokenError::TooLong)).is_err());
        assert_eq!(proven.memory().len(), 0);
    }
}
