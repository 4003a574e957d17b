//! Roles: the built-in ones are shown, those of the workspace are made, changed and deleted.

use metier_bus::NewEvent;
use metier_contract_identity::{
    event::{ROLE_CREATED, ROLE_DELETED, ROLE_UPDATED, TOPIC_USER},
    permission::{ROLES_CREATE, ROLES_DELETE, ROLES_READ, ROLES_UPDATE},
};
use metier_core::{Ctx, Fault, Grants, Page, PageRequest, Role};
use metier_db::{DbError, KeyedRequest, Tx, is_unique_violation, made_before, remember_making};
use serde::Serialize;

use super::{Identity, UNTOLD};
use crate::{
    domain::role::{CustomRole, CustomRoleName, MAX_ROLE_GRANTS, check_description, parse_grants},
    error::Error,
    store::{roles, users},
};

/// A role as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum RoleView {
    /// The same in every installation.
    BuiltIn(Role),
    /// Made by the workspace.
    Custom(CustomRole),
}

/// A role to be made.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub grants: Vec<String>,
}

/// What shall be different; the rest stays.
#[derive(Clone, Debug, Default)]
pub struct RoleChange {
    /// Another description.
    pub description: Option<String>,
    /// Other rights.
    pub grants: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Told<'a> {
    grants: &'a Grants,
    version: i64,
}

impl<'a> From<&'a CustomRole> for Told<'a> {
    fn from(role: &'a CustomRole) -> Self {
        Self { grants: &role.grants, version: role.version }
    }
}

impl Identity {
    /// The built-in roles on the first page, then those of the workspace by name.
    ///
    /// # Errors
    /// `permission_denied` without `roles:read`.
    pub async fn list_roles(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<RoleView>, Error> {
        ctx.require(ROLES_READ)?;
        let after: Option<String> = page.after.as_ref().map(metier_core::Cursor::key).transpose()?;
        let name = after.as_deref().unwrap_or_default();
        let rows = roles::list(self.database.reader(), ctx.workspace, (name, page.limit)).await?;
        let custom = Page::from_rows(rows, page.limit, |role| role.name.clone()).map(RoleView::Custom);
        let built_in = Role::ALL.into_iter().filter(|_| after.is_none()).map(RoleView::BuiltIn);
        Ok(Page { items: built_in.chain(custom.items).collect(), next: custom.next })
    }

    /// One role.
    ///
    /// # Errors
    /// [`Error::RoleNotFound`]; `permission_denied` without `roles:read`.
    pub async fn get_role(&self, ctx: &Ctx, name: &str) -> Result<RoleView, Error> {
        ctx.require(ROLES_READ)?;
        if let Ok(built_in) = name.parse() {
            return Ok(RoleView::BuiltIn(built_in));
        }
        let found = roles::find(self.database.reader(), ctx.workspace, name).await?;
        found.map(RoleView::Custom).ok_or_else(|| Error::RoleNotFound(name.to_owned()))
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`Error::RoleExists`], [`Error::GrantsExceeded`], or `invalid_parameters`.
    pub async fn create_role(
        &self,
        ctx: &Ctx,
        new: NewRole,
        request: Option<KeyedRequest>,
    ) -> Result<CustomRole, Error> {
        ctx.require(ROLES_CREATE)?;
        let name: CustomRoleName = new.name.parse()?;
        check_description(&new.description)?;
        let grants = parse_grants("/grants", &new.grants, MAX_ROLE_GRANTS)?;
        if !ctx.grants.cover(&grants) {
            return Err(Error::GrantsExceeded);
        }
        if let Some(name) = made_before(self.database.reader(), ctx, request.as_ref()).await? {
            return self.made_role(ctx, name).await;
        }
        let now = self.clock.now();
        let role = CustomRole {
            workspace: ctx.workspace,
            name: name.as_str().to_owned(),
            description: new.description,
            grants,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        match self.add_role(ctx, role, request).await {
            Err(Error::Database(DbError::Repeated)) => self.made_role(ctx, name.as_str().to_owned()).await,
            added => added,
        }
    }

    async fn made_role(&self, ctx: &Ctx, name: String) -> Result<CustomRole, Error> {
        let made = roles::find(self.database.reader(), ctx.workspace, &name).await?;
        made.ok_or(Error::RoleNotFound(name))
    }

    async fn add_role(
        &self,
        ctx: &Ctx,
        role: CustomRole,
        request: Option<KeyedRequest>,
    ) -> Result<CustomRole, Error> {
        let (this, ctx) = (self.clone(), ctx.clone());
        let created = self.database.write(move |tx| {
            Box::pin(async move {
                remember_making(tx, &ctx, (request.as_ref(), &role.name), this.clock.now()).await?;
                this.insert_role(tx, &ctx, &role).await?;
                Ok(role)
            })
        });
        created.await
    }

    async fn insert_role(&self, tx: &Tx, ctx: &Ctx, role: &CustomRole) -> Result<(), Error> {
        roles::insert(tx, role).await.map_err(|error| match is_unique_violation(&error) {
            true => Error::RoleExists(role.name.clone()),
            false => error.into(),
        })?;
        self.record(tx, ctx, about(ROLE_CREATED, &role.name), (None::<()>, Some(Told::from(role)))).await
    }

    /// Changes what a role allows, for everyone who has it. `seen` is the version the caller has seen.
    ///
    /// # Errors
    /// `stale_version`, [`Error::GrantsExceeded`], [`Error::Stronger`], [`Error::LastAdmin`] and others.
    pub async fn update_role(
        &self,
        ctx: &Ctx,
        name: String,
        change: RoleChange,
        seen: Option<i64>,
    ) -> Result<CustomRole, Error> {
        ctx.require(ROLES_UPDATE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                users::lock(tx).await?;
                let before = this.changeable_role(tx, &ctx, &name, seen).await?;
                let after = changed(&before, &change, this.clock.now())?;
                if !ctx.grants.cover(&after.grants) {
                    return Err(Error::GrantsExceeded);
                }
                if !roles::update(tx, &after).await? {
                    return Err(Fault::stale_version().into());
                }
                let was_admin = before.grants.cover(&Grants::all());
                if was_admin && !users::admin_exists(tx, ctx.workspace).await? {
                    return Err(Error::LastAdmin);
                }
                let told = (Some(Told::from(&before)), Some(Told::from(&after)));
                this.record(tx, &ctx, about(ROLE_UPDATED, &name), told).await?;
                Ok(after)
            })
        });
        updated.await
    }

    /// The role, when the caller may change it and has seen its present version.
    async fn changeable_role(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        name: &str,
        seen: Option<i64>,
    ) -> Result<CustomRole, Error> {
        if name.parse::<Role>().is_ok() {
            return Err(Error::RoleBuiltIn(name.to_owned()));
        }
        let gone = || Error::RoleNotFound(name.to_owned());
        if !roles::lock(tx, ctx.workspace, name).await? {
            return Err(gone());
        }
        let role = roles::find(tx, ctx.workspace, name).await?.ok_or_else(gone)?;
        if seen.is_some_and(|version| version != role.version) {
            return Err(Fault::stale_version().into());
        }
        if !ctx.grants.cover(&role.grants) {
            return Err(Error::Stronger);
        }
        Ok(role)
    }

    /// Deletes a role nobody has.
    ///
    /// # Errors
    /// [`Error::RoleInUse`], `stale_version`, [`Error::RoleNotFound`] and others.
    pub async fn delete_role(&self, ctx: &Ctx, name: String, seen: Option<i64>) -> Result<(), Error> {
        ctx.require(ROLES_DELETE)?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                this.changeable_role(tx, &ctx, &name, seen).await?;
                if roles::is_used(tx, ctx.workspace, &name).await? {
                    return Err(Error::RoleInUse(name));
                }
                roles::delete(tx, ctx.workspace, &name).await?;
                this.record(tx, &ctx, about(ROLE_DELETED, &name), UNTOLD).await
            })
        });
        deleted.await
    }
}

fn about(kind: &'static str, name: &str) -> NewEvent {
    NewEvent::new(TOPIC_USER, kind, name, name)
}

fn changed(
    before: &CustomRole,
    change: &RoleChange,
    now: metier_core::Timestamp,
) -> Result<CustomRole, Error> {
    let mut after = before.clone();
    if let Some(description) = &change.description {
        check_description(description)?;
        after.description.clone_from(description);
    }
    if let Some(texts) = &change.grants {
        after.grants = parse_grants("/grants", texts, MAX_ROLE_GRANTS)?;
    }
    after.version += 1;
    after.updated_at = now;
    Ok(after)
}
