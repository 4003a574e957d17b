//! A create that is sent twice under one idempotency key happens once, and is answered alike.
//!
//! The answer is kept before the thing itself is written, so that of two requests at the same moment the
//! second waits, and finds it.

use metier_core::{Ctx, Fault};
use metier_db::{KeyedRequest, Tx, find_replay, remember};
use serde::{Serialize, de::DeserializeOwned};

use super::Products;
use crate::{error::Error, store::is_unique_violation};

impl Products {
    /// What an earlier request with this key made, as it was then.
    pub(super) async fn made_before<T: DeserializeOwned>(
        &self,
        ctx: &Ctx,
        request: Option<&KeyedRequest>,
    ) -> Result<Option<T>, Error> {
        let Some(request) = request else { return Ok(None) };
        let kept = find_replay(self.database.reader(), ctx, request).await?;
        Ok(kept.map(|kept| serde_json::from_str(&kept.0)).transpose().map_err(Fault::internal)?)
    }

    /// Keeps what this request is about to make, in the transaction that makes it.
    ///
    /// # Errors
    /// [`Error::Repeated`] when another request with the same key was faster.
    pub(super) async fn remember_making(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (request, made): (Option<&KeyedRequest>, &(impl Serialize + Sync)),
    ) -> Result<(), Error> {
        let Some(request) = request else { return Ok(()) };
        let made = serde_json::to_string(made).map_err(Fault::internal)?;
        let kept = remember(tx, ctx, request, &made, self.clock.now()).await;
        kept.map_err(|error| if is_unique_violation(&error) { Error::Repeated } else { error.into() })
    }
}
