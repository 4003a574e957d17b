//! Adding, changing and removing people. Nobody gives rights they lack, or changes somebody stronger.

use metier_bus::NewEvent;
use metier_contract_identity::{
    event::{
        PERMISSIONS_CHANGED, ROLE_ASSIGNED, USER_ACTIVATED, USER_CREATED, USER_DEACTIVATED, USER_DELETED,
        USER_UPDATED,
    },
    permission::{USERS_CREATE, USERS_DELETE, USERS_READ, USERS_UPDATE},
};
use metier_core::{Ctx, Fault, Grants, Page, PageRequest, Role, Secret, Timestamp, UserId, WorkspaceId};
use metier_db::{KeyedRequest, Tx};
use serde::Serialize;

use super::{
    Identity, UNTOLD,
    password::{about, acceptable},
    signed_in,
};
use crate::{
    domain::{
        email::Email,
        role::{MAX_EXTRA_GRANTS, parse_grants},
        session::EndReason,
        user::{Authorized, Profile, User, check_display_name},
    },
    error::Error,
    store::{
        devices, is_unique_violation, roles, sessions,
        users::{self, Filter},
    },
};

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Their address.
    pub email: String,
    /// How they are shown; the first part of the address when left out.
    pub display_name: Option<String>,
    /// Their first password.
    pub password: Secret<String>,
    /// Their role.
    pub role: String,
    /// Rights beyond it.
    pub extra_grants: Vec<String>,
}

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

/// What an audit entry tells of a person: nothing personal.
#[derive(Serialize)]
struct Told {
    role: String,
    extra_grants: Grants,
    disabled: bool,
    version: i64,
}

impl From<&User> for Told {
    fn from(user: &User) -> Self {
        let (role, extra_grants) = (user.role.clone(), user.extra_grants.clone());
        Self { role, extra_grants, disabled: !user.is_enabled(), version: user.version }
    }
}

impl Identity {
    /// A page of the people of the caller's workspace, by number.
    ///
    /// # Errors
    /// `permission_denied` without `users:read`.
    pub async fn list_users(
        &self,
        ctx: &Ctx,
        filter: &Filter,
        page: &PageRequest,
    ) -> Result<Page<Authorized>, Error> {
        ctx.require(USERS_READ)?;
        let after = page.after.as_ref().map(metier_core::Cursor::key).transpose()?;
        let rows = users::list(self.database.reader(), ctx.workspace, filter, (after, page.limit)).await?;
        Ok(Page::from_rows(rows, page.limit, |who| who.user.number))
    }

    /// A person of the caller's workspace.
    ///
    /// # Errors
    /// [`Error::UserNotFound`]; `permission_denied` without `users:read`.
    pub async fn get_user(&self, ctx: &Ctx, id: UserId) -> Result<Authorized, Error> {
        ctx.require(USERS_READ)?;
        let found = users::find(self.database.reader(), id).await?;
        found.filter(|who| who.user.workspace == ctx.workspace).ok_or(Error::UserNotFound(id))
    }

    /// The caller as they are now.
    ///
    /// # Errors
    /// `person_required` when the caller is no person; [`Error::TokenRefused`] when they were deleted.
    pub async fn me(&self, ctx: &Ctx) -> Result<Authorized, Error> {
        signed_in(ctx)?;
        users::find(self.database.reader(), ctx.user()?).await?.ok_or(Error::TokenRefused)
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`Error::EmailTaken`], [`Error::GrantsExceeded`], or `invalid_parameters`.
    pub async fn create_user(
        &self,
        ctx: &Ctx,
        new: NewUser,
        request: Option<KeyedRequest>,
    ) -> Result<Authorized, Error> {
        ctx.require(USERS_CREATE)?;
        let profile = Profile::parse(&new.email, new.display_name.as_deref())?;
        acceptable("/password", &new.password, profile.email.as_str())?;
        let extra = parse_grants("/extra_grants", &new.extra_grants, MAX_EXTRA_GRANTS)?;
        if let Some(id) = self.made_before(ctx, request.as_ref()).await? {
            return self.made_user(&id).await;
        }
        let hash = self.hasher.hash(new.password).await?;
        let rights = (new.role, extra);
        match self.add_user(ctx, (profile, rights, hash), request.clone()).await {
            Err(Error::Repeated) => {
                let id = self.made_before(ctx, request.as_ref()).await?.ok_or(Error::Repeated)?;
                self.made_user(&id).await
            }
            added => added,
        }
    }

    async fn add_user(
        &self,
        ctx: &Ctx,
        (profile, (role, extra), hash): (Profile, (String, Grants), String),
        request: Option<KeyedRequest>,
    ) -> Result<Authorized, Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let created = self.database.write(move |tx| {
            Box::pin(async move {
                let rights = role_grants(tx, ctx.workspace, &role).await?.union(&extra);
                if !ctx.grants.cover(&rights) {
                    return Err(Error::GrantsExceeded);
                }
                let user = this.new_user(tx, ctx.workspace, &profile, (role, extra)).await?;
                this.remember_making(tx, &ctx, (request.as_ref(), &user.id.to_string())).await?;
                this.insert_user(tx, &ctx, &user, (profile.email.key(), &hash)).await?;
                Ok(Authorized { grants: rights, user })
            })
        });
        created.await
    }

    async fn made_user(&self, id: &str) -> Result<Authorized, Error> {
        let id = id.parse().map_err(Fault::internal)?;
        users::find(self.database.reader(), id).await?.ok_or(Error::UserNotFound(id))
    }

    pub(super) async fn new_user(
        &self,
        tx: &Tx,
        workspace: WorkspaceId,
        profile: &Profile,
        (role, extra_grants): (String, Grants),
    ) -> Result<User, Error> {
        let now = self.clock.now();
        Ok(User {
            id: self.random.id(now),
            number: users::next_number(tx).await?,
            workspace,
            email: profile.email.as_str().to_owned(),
            display_name: profile.display_name.clone(),
            role,
            extra_grants,
            disabled_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    pub(super) async fn insert_user(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        user: &User,
        (email_key, hash): (&str, &str),
    ) -> Result<(), Error> {
        users::insert(tx, user, email_key, hash).await.map_err(taken)?;
        self.record(tx, ctx, about(USER_CREATED, user), (None::<()>, Some(Told::from(user)))).await
    }

    /// Changes a person. `seen` is the version the caller has seen; `None` for whatever is there.
    ///
    /// # Errors
    /// [`Error::Stale`], [`Error::GrantsExceeded`], [`Error::Stronger`], [`Error::LastAdmin`] and others.
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
            return Err(Error::Stale);
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
            return Err(Error::Stale);
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

fn taken(error: metier_db::sea_orm::DbErr) -> Error {
    if is_unique_violation(&error) { Error::EmailTaken } else { error.into() }
}

/// What a role allows, keeping a custom one from being deleted until the transaction ends.
pub(super) async fn role_grants(tx: &Tx, workspace: WorkspaceId, name: &str) -> Result<Grants, Error> {
    if let Ok(role) = name.parse::<Role>() {
        return Ok(role.grants());
    }
    let unknown = || Fault::invalid("/role", "is not a role of this workspace");
    if !roles::lock(tx, workspace, name).await? {
        return Err(unknown().into());
    }
    Ok(roles::find(tx, workspace, name).await?.ok_or_else(unknown)?.grants)
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
