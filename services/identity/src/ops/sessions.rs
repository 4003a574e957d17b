//! Signing out, and looking after one's own devices.

use metier_bus::NewEvent;
use metier_contract_identity::event::{LOGOUT, SESSION_REVOKED, SessionEvent, TOPIC_AUTH};
use metier_core::{Ctx, Page, PageRequest, Secret, SessionId, UserId};
use metier_db::Tx;

use super::{Identity, UNTOLD, acting_as};
use crate::{
    domain::{
        session::{EndReason, Session},
        token::RefreshToken,
    },
    error::Error,
    store::{sessions, users},
};

impl Identity {
    /// Signs out on the device of this session. Doing it again changes nothing.
    ///
    /// # Errors
    /// `session_required` for anybody but a signed-in person.
    pub async fn logout(&self, ctx: &Ctx, session: SessionId) -> Result<(), Error> {
        let user = ctx.require_person()?;
        if sessions::find_live(self.database.reader(), user, session, self.clock.now()).await?.is_some() {
            self.end_session(ctx, user, session, EndReason::SignedOut).await?;
        }
        Ok(())
    }

    /// Signs out with nothing but the refresh token, as a browser does whose access token has expired. A
    /// token that opens nothing is left alone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout_with(&self, ctx: &Ctx, token: &Secret<String>) -> Result<(), Error> {
        let Some(token) = RefreshToken::parse(token.expose()) else { return Ok(()) };
        let (this, ctx) = (self.clone(), ctx.clone());
        let ended = self.database.write(move |tx| {
            Box::pin(async move {
                let kept = sessions::find_refreshable(tx, token.session).await?;
                let kept = kept.filter(|kept| kept.family.matches(&token.family_hash()) && !kept.ended);
                let Some(kept) = kept else { return Ok(()) };
                let Some(who) = users::find(tx, kept.user).await? else { return Ok(()) };
                let ctx = acting_as(&ctx, &who);
                this.end_one(tx, &ctx, (kept.user, token.session), EndReason::SignedOut).await
            })
        });
        ended.await
    }

    /// The caller's living sessions, oldest first.
    ///
    /// # Errors
    /// `session_required` for anybody but a signed-in person.
    pub async fn list_sessions(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Session>, Error> {
        let user = ctx.require_person()?;
        let after = page.after.as_ref().map(metier_core::Cursor::key).transpose()?;
        let rows =
            sessions::list_live(self.database.reader(), user, (after, page.limit), self.clock.now()).await?;
        Ok(Page::from_rows(rows, page.limit, |session| session.id))
    }

    /// Ends one of the caller's sessions.
    ///
    /// # Errors
    /// [`Error::SessionNotFound`] when it has ended or is somebody else's.
    pub async fn end_own_session(&self, ctx: &Ctx, session: SessionId) -> Result<(), Error> {
        let user = ctx.require_person()?;
        let found = sessions::find_live(self.database.reader(), user, session, self.clock.now()).await?;
        found.ok_or(Error::SessionNotFound(session))?;
        self.end_session(ctx, user, session, EndReason::Removed).await
    }

    async fn end_session(
        &self,
        ctx: &Ctx,
        user: UserId,
        session: SessionId,
        reason: EndReason,
    ) -> Result<(), Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let ended = self
            .database
            .write(move |tx| Box::pin(async move { this.end_one(tx, &ctx, (user, session), reason).await }));
        ended.await
    }

    async fn end_one(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (user, session): (UserId, SessionId),
        reason: EndReason,
    ) -> Result<(), Error> {
        if !sessions::end(tx, session, reason, self.clock.now()).await? {
            return Ok(());
        }
        let kind = if reason == EndReason::SignedOut { LOGOUT } else { SESSION_REVOKED };
        let event = SessionEvent { user_id: user, session_id: session };
        let event = NewEvent::new(TOPIC_AUTH, kind, user, event).owned_by(Some(user));
        self.record(tx, ctx, event, UNTOLD).await
    }
}
