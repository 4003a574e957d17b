//! A create that is sent twice under one idempotency key happens once.
//!
//! What is kept is the id of what was made, not the answer: an answer may hold a secret. It is kept before
//! the thing itself is written, so that of two requests at the same moment the second waits and finds it.

use metier_core::{Ctx, Fault};
use metier_db::{KeyedRequest, Tx, find_replay, remember};

use super::Identity;
use crate::{error::Error, store::is_unique_violation};

impl Identity {
    /// The id of what an earlier request with this key made.
    pub(super) async fn made_before(
        &self,
        ctx: &Ctx,
        request: Option<&KeyedRequest>,
    ) -> Result<Option<String>, Error> {
        let Some(request) = request else { return Ok(None) };
        let kept = find_replay(self.database.reader(), ctx, request).await?;
        Ok(kept.map(|kept| serde_json::from_str(&kept.0)).transpose().map_err(Fault::internal)?)
    }

    /// Keeps the id of what this request is about to make, in the transaction that makes it.
    ///
    /// # Errors
    /// [`Error::Repeated`] when another request with the same key was faster.
    pub(super) async fn remember_making(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (request, id): (Option<&KeyedRequest>, &str),
    ) -> Result<(), Error> {
        let Some(request) = request else { return Ok(()) };
        let id = serde_json::Value::from(id).to_string();
        let kept = remember(tx, ctx, request, &id, self.clock.now()).await;
        kept.map_err(|error| if is_unique_violation(&error) { Error::Repeated } else { error.into() })
    }
}
