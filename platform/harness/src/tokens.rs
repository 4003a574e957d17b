//! The token a service shows its peers: signed for one callee, kept until it is about to expire.

use std::sync::{Arc, Mutex, PoisonError};

use metier_auth::{ServiceKeys, ServiceSigner};
use metier_core::{BoxFuture, Clock, Ctx, Fault, Secret, Timestamp, TokenSource};

/// Tokens for calls to one peer in one context.
pub(crate) struct ServiceTokens {
    signer: Arc<ServiceSigner>,
    ctx: Ctx,
    peer: &'static str,
    clock: Clock,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    token: Secret<String>,
    renew_at: Timestamp,
}

impl ServiceTokens {
    /// Tokens that `signer` makes for `peer`, with the rights of `ctx`.
    pub(crate) fn new(signer: Arc<ServiceSigner>, ctx: Ctx, peer: &'static str, clock: Clock) -> Self {
        Self { signer, ctx, peer, clock, kept: Mutex::new(None) }
    }

    fn fresh_or_kept(&self) -> Result<Secret<String>, Fault> {
        let now = self.clock.now();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| now < kept.renew_at) {
            return Ok(kept.token.clone());
        }
        let token = Secret::new(self.signer.sign(&self.ctx, self.peer, now).map_err(Fault::from)?);
        *kept = Some(Kept { token: token.clone(), renew_at: now.plus(ServiceKeys::LIFETIME / 2) });
        Ok(token)
    }
}

impl TokenSource for ServiceTokens {
    fn token(&self) -> BoxFuture<'_, Result<Secret<String>, Fault>> {
        Box::pin(std::future::ready(self.fresh_or_kept()))
    }
}
