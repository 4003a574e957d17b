//! Changing and deleting people. Nobody changes somebody stronger, and the last administrator stays.

use metier_bus::NewEvent;
use metier_contract_identity::{
    event::{
        PERMISSIONS_CHANGED, ROLE_ASSIGNED, USER_ACTIVATED, USER_DEACTIVATED, USER_DELETED, USER_UPDATED,
    },
    permission::{USERS_DELETE, USERS_UPDATE},
};
use metier_core::{Ctx, Fault, Secret, Timestamp, UserId};
use metier_db::Tx;

use super::{
    Identity, UNTOLD,
    password::{about, acceptable},
    users::{Told, role_grants, taken},
};
use crate::{
    domain::{
        email::Email,
        role::{MAX_EXTRA_GRANTS, parse_grants},
        session::EndReason,
        user::{Authorized, User, check_display_name},
    },
    error::Error,
    store::{devices, sessions, users},
};

/// What shall be different; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Another address.
    pub email: Option<String>,
    /// Another name.
    pub display_name: Option<String>,
    /// Another role.
    pub role: Option<String>,
    /// Other rights beyond the role.
    pub extra_grants: Option<Vec<String>>,
    /// Whether they may sign in.
    pub disabled: Option<bool>,
    /// Another password; ends all their sessions.
    pub password: Option<Secret<String>>,
}

impl Identity {
    /// Changes a person. `seen` is the version the caller has seen; `None` for whatever is there.
    ///
    /// # Errors
    /// `stale_version`, [`Error::GrantsExceeded`], [`Error::Stronger`], [`Error::LastAdmin`] and others.
    pub async fn update_user(
        &self,
        ctx: &Ctx,
        id: UserId,
        change: UserChange,
        seen: Option<i64>,
    ) -> Result<Authorized, Error> {
        ctx.require(USERS_UPDATE)?;
        let found = users::find(self.database.reader(), id).await?;
        let before =
            found.filter(|who| who.user.workspace == ctx.workspace).ok_or(Error::UserNotFound(id))?;
        let hash = match &change.password {
            Some(password) => {
                acceptable("/password", password, change.email.as_ref().unwrap_or(&before.user.email))?;
                Some(self.hasher.hash(password.clone()).await?)
            }
            None => None,
        };
        let (this, ctx) = (self.clone(), ctx.clone());
        let updated = self
            .database
            .write(move |tx| Box::pin(async move { this.apply(tx, &ctx, id, (&change, hash, seen)).await }));
        updated.await
    }

    async fn apply(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        id: UserId,
        (change, hash, seen): (&UserChange, Option<String>, Option<i64>),
    ) -> Result<Authorized, Error> {
        users::lock(tx).await?;
        let before = self.changeable(tx, ctx, id, seen).await?;
        let (after, email) = changed(&before.user, change, self.clock.now())?;
        let rights = role_grants(tx, ctx.workspace, &after.role).await?.union(&after.extra_grants);
        if rights != before.grants && !ctx.grants.cover(&rights) {
            return Err(Error::GrantsExceeded);
        }
        if !users::update(tx, &after, email.key()).await.map_err(taken)? {
            return Err(Fault::stale_version().into());
        }
        if before.is_admin() && !users::admin_exists(tx, ctx.workspace).await? {
            return Err(Error::LastAdmin);
        }
        self.lock_out(tx, &before.user, &after, hash).await?;
        for event in events(&before.user, &after) {
            self.outbox.publish(tx, ctx, event).await?;
        }
        let told = (Some(Told::from(&before.user)), Some(Told::from(&after)));
        self.record(tx, ctx, about(USER_UPDATED, &after), told).await?;
        Ok(Authorized { user: after, grants: rights })
    }

    /// The person, when the caller may change them and has seen their present version.
    async fn changeable(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        id: UserId,
        seen: Option<i64>,
    ) -> Result<Authorized, Error> {
        let found = users::find(tx, id).await?.filter(|who| who.user.workspace == ctx.workspace);
        let who = found.ok_or(Error::UserNotFound(id))?;
        if seen.is_some_and(|version| version != who.user.version) {
            return Err(Fault::stale_version().into());
        }
        if !ctx.grants.cover(&who.grants) {
            return Err(Error::Stronger);
        }
        Ok(who)
    }

    /// Ends sessions when the account was disabled or got another password.
    async fn lock_out(
        &self,
        tx: &Tx,
        before: &User,
        after: &User,
        hash: Option<String>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        if before.is_enabled() && !after.is_enabled() {
            sessions::end_all(tx, after.id, None, EndReason::Disabled, now).await?;
        }
        if let Some(hash) = hash {
            users::set_password(tx, after.id, &hash, now).await?;
            sessions::end_all(tx, after.id, None, EndReason::PasswordChanged, now).await?;
            devices::forget_of(tx, after.id).await?;
        }
        Ok(())
    }

    /// Deletes a person with their sessions and keys.
    ///
    /// # Errors
    /// As [`Identity::update_user`].
    pub async fn delete_user(&self, ctx: &Ctx, id: UserId, seen: Option<i64>) -> Result<(), Error> {
        ctx.require(USERS_DELETE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                users::lock(tx).await?;
                let who = this.changeable(tx, &ctx, id, seen).await?;
                users::delete(tx, id).await?;
                if who.is_admin() && !users::admin_exists(tx, ctx.workspace).await? {
                    return Err(Error::LastAdmin);
                }
                this.record(tx, &ctx, about(USER_DELETED, &who.user), UNTOLD).await
            })
        });
        deleted.await
    }
}

/// The person as they shall be.
fn changed(before: &User, change: &UserChange, now: Timestamp) -> Result<(User, Email), Fault> {
    let email: Email = change.email.as_ref().unwrap_or(&before.email).parse()?;
    let mut after = before.clone();
    email.as_str().clone_into(&mut after.email);
    if let Some(name) = &change.display_name {
        after.display_name = check_display_name(name)?;
    }
    if let Some(role) = &change.role {
        after.role.clone_from(role);
    }
    if let Some(texts) = &change.extra_grants {
        after.extra_grants = parse_grants("/extra_grants", texts, MAX_EXTRA_GRANTS)?;
    }
    match change.disabled {
        Some(true) => after.disabled_at = before.disabled_at.or(Some(now)),
        Some(false) => after.disabled_at = None,
        None => {}
    }
    after.version += 1;
    after.updated_at = now;
    Ok((after, email))
}

/// The finer events of a change.
fn events(before: &User, after: &User) -> Vec<NewEvent> {
    let happened = [
        (before.is_enabled() && !after.is_enabled(), USER_DEACTIVATED),
        (!before.is_enabled() && after.is_enabled(), USER_ACTIVATED),
        (before.role != after.role, ROLE_ASSIGNED),
        (before.extra_grants != after.extra_grants, PERMISSIONS_CHANGED),
    ];
    happened.into_iter().filter(|(happened, _)| *happened).map(|(_, kind)| about(kind, after)).collect()
}
