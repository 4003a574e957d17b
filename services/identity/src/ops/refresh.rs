//! A refresh token is exchanged once, for an access token and the next refresh token.
//!
//! When one comes a second time, either it or its successor is in the wrong hands, and nobody can tell
//! which: the whole session ends.

use metier_bus::NewEvent;
use metier_contract_identity::event::{SessionEvent, TOKEN_REFRESHED, TOKEN_REUSED, TOPIC_AUTH};
use metier_core::{Ctx, Secret, UserId};
use metier_db::Tx;

use super::{Identity, SignedIn, UNTOLD, acting_as};
use crate::{
    domain::{session::EndReason, token::RefreshToken, user::Authorized},
    error::Error,
    store::{
        sessions::{self, Refreshable},
        users,
    },
};

/// What came of it. Reuse is no error of the transaction: the end of the session has to be kept.
enum Outcome {
    Refreshed(Box<SignedIn>),
    Reused,
}

impl Identity {
    /// Exchanges a refresh token.
    ///
    /// # Errors
    /// [`Error::RefreshInvalid`], or [`Error::RefreshReused`] when it was exchanged before.
    pub async fn refresh(&self, ctx: &Ctx, token: &Secret<String>) -> Result<SignedIn, Error> {
        let token = RefreshToken::parse(token.expose()).ok_or(Error::RefreshInvalid)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let outcome =
            self.database.write(move |tx| Box::pin(async move { this.exchange(tx, &ctx, &token).await }));
        match outcome.await? {
            Outcome::Refreshed(signed_in) => Ok(*signed_in),
            Outcome::Reused => {
                metrics::counter!("metier_identity_refresh_tokens_reused_total").increment(1);
                Err(Error::RefreshReused)
            }
        }
    }

    async fn exchange(&self, tx: &Tx, ctx: &Ctx, token: &RefreshToken) -> Result<Outcome, Error> {
        let found = sessions::find_refreshable(tx, token.session).await?;
        let kept = found.filter(|kept| kept.family.matches(&token.family_hash()));
        let kept = kept.filter(|kept| !kept.ended && self.clock.now() < kept.expires_at);
        let kept = kept.ok_or(Error::RefreshInvalid)?;
        let who = users::find(tx, kept.user).await?.filter(|who| who.user.is_enabled());
        let who = who.ok_or(Error::RefreshInvalid)?;
        let ctx = acting_as(ctx, &who);
        if kept.secret.matches(&token.secret_hash())
            && let Some(signed_in) = self.rotate(tx, &ctx, (who, &kept), token).await?
        {
            return Ok(Outcome::Refreshed(Box::new(signed_in)));
        }
        self.end_reused(tx, &ctx, kept.user, token).await?;
        Ok(Outcome::Reused)
    }

    async fn rotate(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (who, kept): (Authorized, &Refreshable),
        token: &RefreshToken,
    ) -> Result<Option<SignedIn>, Error> {
        let (now, next) = (self.clock.now(), token.next(&self.random));
        let expires_at = self.lifetime().end(kept.created_at, now);
        if !sessions::rotate(tx, &next, kept.rotation, (now, expires_at)).await? {
            return Ok(None);
        }
        let event = SessionEvent { user_id: kept.user, session_id: token.session };
        let event = NewEvent::new(TOPIC_AUTH, TOKEN_REFRESHED, kept.user, event).owned_by(Some(kept.user));
        self.record(tx, ctx, event, UNTOLD).await?;
        let access = self.access_token(&who, token.session)?;
        Ok(Some(SignedIn {
            who,
            session: token.session,
            session_expires_at: expires_at,
            access,
            refresh: next.text(),
            device: None,
        }))
    }

    async fn end_reused(&self, tx: &Tx, ctx: &Ctx, user: UserId, token: &RefreshToken) -> Result<(), Error> {
        sessions::end(tx, token.session, EndReason::Reused, self.clock.now()).await?;
        let event = SessionEvent { user_id: user, session_id: token.session };
        let event = NewEvent::new(TOPIC_AUTH, TOKEN_REUSED, user, event).owned_by(Some(user));
        self.record(tx, ctx, event, UNTOLD).await
    }
}
