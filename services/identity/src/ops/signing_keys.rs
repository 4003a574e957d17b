//! Replacing the key that signs tokens.

use metier_bus::NewEvent;
use metier_contract_identity::{
    event::{SIGNING_KEY_ROTATED, TOPIC_AUTH},
    permission::SIGNING_KEYS_ROTATE,
};
use metier_core::{Ctx, Fault};

use super::{Identity, UNTOLD};
use crate::error::Error;

impl Identity {
    /// Signs with a fresh key from now on. The replaced one verifies until its last token is gone.
    ///
    /// # Errors
    /// When the file of keys cannot be written; nothing has changed then.
    pub async fn rotate_signing_keys(&self, ctx: &Ctx) -> Result<(), Error> {
        ctx.require(SIGNING_KEYS_ROTATE)?;
        let (keys, random, now) = (self.signing_keys.clone(), self.random.clone(), self.clock.now());
        let rotated = tokio::task::spawn_blocking(move || keys.rotate(now, &random));
        rotated.await.map_err(Fault::internal)?.map_err(Fault::internal)?;
        // This process knows at once; the others ask when they meet the fresh key.
        self.verifier.replace_keys(&self.jwks()).map_err(Fault::internal)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let event = NewEvent::new(TOPIC_AUTH, SIGNING_KEY_ROTATED, "signing_key", ());
        let recorded = self
            .database
            .write(move |tx| Box::pin(async move { this.record(tx, &ctx, event, UNTOLD).await }));
        recorded.await
    }
}
