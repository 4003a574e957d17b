//! Changing one's own password.

use metier_auth::check_password;
use metier_bus::NewEvent;
use metier_contract_identity::event::{PASSWORD_CHANGED, TOPIC_USER, UserEvent};
use metier_core::{Ctx, Fault, Secret, SessionId};

use super::{Identity, UNTOLD};
use crate::{
    domain::{session::EndReason, throttle::confirmation, user::User},
    error::Error,
    store::{devices, sessions, users},
};

/// What is needed to change one's password.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// The one they have.
    pub current: Secret<String>,
    /// The one they want.
    pub wanted: Secret<String>,
}

impl Identity {
    /// Changes the caller's password and ends all their sessions but this one. Other devices are forgotten.
    ///
    /// # Errors
    /// [`Error::PasswordWrong`], [`Error::Throttled`], or `invalid_parameters` for a weak password.
    pub async fn change_password(
        &self,
        ctx: &Ctx,
        change: PasswordChange,
        session: Option<SessionId>,
    ) -> Result<(), Error> {
        let id = ctx.require_person()?;
        let who = users::find(self.database.reader(), id).await?.ok_or(Error::UserNotFound(id))?;
        acceptable("/new_password", &change.wanted, &who.user.email)?;
        let counted = self.count_attempt(vec![confirmation(id)]).await?;
        let stored = users::password_hash(self.database.reader(), id).await?;
        match self.hasher.verify(change.current, stored).await {
            Ok(true) => {}
            Ok(false) => return Err(Error::PasswordWrong),
            Err(fault) => return Err(self.not_judged(counted, fault.into()).await),
        }
        let hash = self.hasher.hash(change.wanted).await?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let changed = self.database.write(move |tx| {
            Box::pin(async move {
                let now = this.clock.now();
                this.take_back(tx, &counted).await?;
                users::set_password(tx, id, &hash, now).await?;
                sessions::end_all(tx, id, session, EndReason::PasswordChanged, now).await?;
                devices::forget_of(tx, id).await?;
                this.record(tx, &ctx, about(PASSWORD_CHANGED, &who.user), UNTOLD).await
            })
        });
        changed.await
    }
}

/// Checks a password somebody wants, naming the field it came in.
pub(super) fn acceptable(field: &str, password: &Secret<String>, email: &str) -> Result<(), Fault> {
    check_password(password.expose(), email).map_err(|refusal| Fault::invalid(field, refusal.to_string()))
}

/// An event about a person.
pub(super) fn about(kind: &'static str, user: &User) -> NewEvent {
    let data = UserEvent { user_id: user.id, number: user.number, role: user.role.clone() };
    NewEvent::new(TOPIC_USER, kind, user.id, data).owned_by(Some(user.id))
}
