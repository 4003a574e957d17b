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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use metier_core::{CorrelationId, Random};

    use super::*;

    #[test]
    fn a_token_is_kept_and_made_anew_long_before_it_expires() {
        let (clock, random) = (Clock::manual(Timestamp::from_seconds(1_000)), Random::seeded(1));
        let keys = ServiceKeys::from_join_secret(&ServiceKeys::generate_join_secret(&random)).unwrap();
        let signer = Arc::new(keys.signer("jobs", &random).unwrap());
        let ctx = Ctx::service("jobs", CorrelationId::fresh(&clock, &random));
        let tokens = ServiceTokens::new(signer, ctx, "identity", clock.clone());
        let first = tokens.fresh_or_kept().unwrap();
        clock.advance(ServiceKeys::LIFETIME / 2 - Duration::from_secs(1));
        assert!(tokens.fresh_or_kept().unwrap() == first);
        clock.advance(Duration::from_secs(1));
        let second = tokens.fresh_or_kept().unwrap();
        assert!(second != first);
        keys.verify(second.expose(), "identity", clock.now()).unwrap();
        assert!(keys.verify(second.expose(), "products", clock.now()).is_err());
    }
}
