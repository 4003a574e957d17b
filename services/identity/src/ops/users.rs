//! Finding and adding people. Nobody gives rights they lack.

use metier_contract_identity::{
    event::USER_CREATED,
    permission::{USERS_CREATE, USERS_READ},
};
use metier_core::{Ctx, Fault, Grants, Page, PageRequest, Role, Secret, UserId, WorkspaceId};
use metier_db::{DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making};
use serde::Serialize;

use super::{
    Identity,
    password::{about, acceptable},
};
use crate::{
    domain::{
        role::{MAX_EXTRA_GRANTS, parse_grants},
        user::{Authorized, Profile, User},
    },
    error::Error,
    store::{
        roles,
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

/// What an audit entry tells of a person: nothing personal.
#[derive(Serialize)]
pub(super) struct Told {
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
        ctx.require_somebody()?;
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
        if let Some(id) = made_before::<String>(self.database.reader(), ctx, request.as_ref()).await? {
            return self.made_user(&id).await;
        }
        let hash = self.hasher.hash(new.password).await?;
        let rights = (new.role, extra);
        match self.add_user(ctx, (profile, rights, hash), request.clone()).await {
            Err(Error::Database(DbError::Repeated)) => {
                let id = made_before::<String>(self.database.reader(), ctx, request.as_ref())
                    .await?
                    .ok_or(DbError::Repeated)?;
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
                remember_making(tx, &ctx, (request.as_ref(), &user.id.to_string()), this.clock.now()).await?;
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
}

pub(super) fn taken(error: metier_db::sea_orm::DbErr) -> Error {
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
