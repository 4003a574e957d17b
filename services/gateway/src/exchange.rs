//! API keys are exchanged for short-lived tokens, which are remembered for a moment.
//!
//! A key that was revoked opens the door for [`REMEMBERED_FOR`] at most, and what it got in the last moment
//! lives two minutes longer. Keys are remembered by their SHA-256 only.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use metier_auth::ApiKey;
use metier_contract_identity::IdentityClient;
use metier_core::{Clock, Ctx, Fault, Secret, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

/// How long a token is handed out again for the same key.
const REMEMBERED_FOR: Duration = Duration::from_secs(30);
/// A token that is about to end is not handed out again.
const SHORTEST: Duration = Duration::from_secs(10);
/// Keys remembered at a time.
const CAPACITY: usize = 10_000;

type Slot = Arc<Mutex<Option<Kept>>>;

struct Kept {
    token: Secret<String>,
    until: Timestamp,
}

/// Exchanges keys at the identity service. Clones share what is remembered.
#[derive(Clone)]
pub struct KeyExchange {
    identity: IdentityClient,
    ctx: Ctx,
    clock: Clock,
    slots: Arc<std::sync::Mutex<HashMap<[u8; 32], Slot>>>,
}

impl KeyExchange {
    /// Asks through this client, as this caller.
    pub fn new(identity: IdentityClient, ctx: Ctx, clock: Clock) -> Self {
        Self { identity, ctx, clock, slots: Arc::default() }
    }

    /// A token of the key's owner. Of many that come with the same key at once, one asks.
    ///
    /// # Errors
    /// `api_key_invalid`; `unavailable` when the identity service is away.
    pub async fn token(&self, key: &ApiKey) -> Result<Secret<String>, Fault> {
        let slot = self.slot(key);
        let mut kept = slot.lock().await;
        let now = self.clock.now();
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.token.clone());
        }
        *kept = None;
        let fresh = self.identity.exchange_api_key(&self.ctx, key).await?;
        let until = now.plus(REMEMBERED_FOR).min(fresh.expires_at.minus(SHORTEST));
        *kept = Some(Kept { token: fresh.token.clone(), until });
        Ok(fresh.token)
    }

    fn slot(&self, key: &ApiKey) -> Slot {
        let name = Sha256::digest(key.text().expose().as_bytes()).into();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= CAPACITY {
            let now = self.clock.now();
            slots.retain(|_, slot| {
                slot.try_lock().map_or(true, |kept| kept.as_ref().is_some_and(|kept| now < kept.until))
            });
        }
        Arc::clone(slots.entry(name).or_default())
    }
}
