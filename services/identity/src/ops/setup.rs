//! The first administrator: made once, by whoever holds the one-time token or the settings.

use metier_core::{Ctx, Grants, Role, Secret, WorkspaceId};
use metier_db::{Tx, sea_orm::ConnectionTrait};

use super::{Identity, acting_as, password::acceptable};
use crate::{
    config::Registration,
    domain::{
        token::SetupToken,
        user::{Authorized, Profile},
    },
    error::Error,
    store::{setup, users},
};

/// Who shall administer the installation.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// Their address.
    pub email: String,
    /// How they are shown.
    pub display_name: Option<String>,
    /// Their password.
    pub password: Secret<String>,
}

impl Identity {
    /// Prepares an installation without accounts as the settings say: makes its first administrator, or
    /// keeps the token to accept. A token printed by an earlier start is no longer good.
    ///
    /// # Errors
    /// `invalid_parameters` when the settings are incomplete or the password is weak.
    pub async fn prepare_setup(&self, ctx: &Ctx) -> Result<(), Error> {
        if users::any(self.database.reader()).await? {
            return Ok(());
        }
        let settings = self.config.setup.clone();
        match (settings.email, settings.password, settings.token) {
            (Some(email), Some(password), _) => {
                let admin = FirstAdmin { email, display_name: None, password };
                self.make_first_admin(ctx, admin, None).await.map(drop)
            }
            (None, None, Some(token)) if token.expose().trim().len() < SetupToken::MIN_LENGTH => {
                let message = format!("must have at least {} characters", SetupToken::MIN_LENGTH);
                Err(metier_core::Fault::invalid("identity.setup.token", message).into())
            }
            (None, None, Some(token)) => self.keep_setup_token(SetupToken::new(token)).await,
            (None, None, None) => self.forget_setup_token().await,
            _ => Err(metier_core::Fault::invalid("identity.setup", "needs both email and password").into()),
        }
    }

    async fn keep_setup_token(&self, token: SetupToken) -> Result<(), Error> {
        let now = self.clock.now();
        let kept = self
            .database
            .write(move |tx| Box::pin(async move { Ok::<_, Error>(setup::keep(tx, &token, now).await?) }));
        kept.await.map(drop)
    }

    async fn forget_setup_token(&self) -> Result<(), Error> {
        self.database
            .write(|tx| Box::pin(async move { Ok::<_, Error>(setup::forget_unused(tx).await?) }))
            .await
    }

    /// The token that makes the first administrator, to be shown to the operator. `None` when there are
    /// accounts already, the settings name a token, or this was asked before: it is told once per start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_token(&self) -> Result<Option<Secret<String>>, Error> {
        let this = self.clone();
        let token = self.database.write(move |tx| {
            Box::pin(async move {
                users::lock(tx).await?;
                if users::any(tx).await? || setup::find_unused(tx).await?.is_some() {
                    return Ok::<_, Error>(None);
                }
                let token = SetupToken::generate(&this.random);
                let kept = setup::keep(tx, &token, this.clock.now()).await?;
                Ok(kept.then(|| token.text().clone()))
            })
        });
        token.await
    }

    /// Makes the first administrator.
    ///
    /// # Errors
    /// [`Error::SetupTokenWrong`]; [`Error::AlreadySetUp`] when there is an account.
    pub async fn set_up(
        &self,
        ctx: &Ctx,
        token: Secret<String>,
        admin: FirstAdmin,
    ) -> Result<Authorized, Error> {
        if users::any(self.database.reader()).await? {
            return Err(Error::AlreadySetUp);
        }
        self.make_first_admin(ctx, admin, Some(SetupToken::new(token))).await
    }

    async fn make_first_admin(
        &self,
        ctx: &Ctx,
        admin: FirstAdmin,
        token: Option<SetupToken>,
    ) -> Result<Authorized, Error> {
        let profile = Profile::parse(&admin.email, admin.display_name.as_deref())?;
        acceptable("/password", &admin.password, profile.email.as_str())?;
        if let Some(token) = &token {
            // Before the costly hash: whoever lacks the token costs nothing.
            check_setup_token(self.database.reader(), token).await?;
        }
        let hash = self.hasher.hash(admin.password).await?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let made = self.database.write(move |tx| {
            Box::pin(async move {
                users::lock(tx).await?;
                if users::any(tx).await? {
                    return Err(Error::AlreadySetUp);
                }
                if let Some(token) = &token {
                    check_setup_token(tx, token).await?;
                }
                setup::mark_used(tx, this.clock.now()).await?;
                this.insert_member(tx, &ctx, &profile, (Role::Admin, &hash)).await
            })
        });
        made.await
    }

    /// Makes an account for whoever asks, where the operator allows it.
    ///
    /// # Errors
    /// [`Error::RegistrationClosed`], [`Error::EmailTaken`], or `invalid_parameters`.
    pub async fn register(&self, ctx: &Ctx, wanted: FirstAdmin) -> Result<Authorized, Error> {
        if self.config.registration == Registration::Closed {
            return Err(Error::RegistrationClosed);
        }
        let profile = Profile::parse(&wanted.email, wanted.display_name.as_deref())?;
        acceptable("/password", &wanted.password, profile.email.as_str())?;
        // Otherwise a stranger could be first, and setup would be over without an administrator.
        if !users::any(self.database.reader()).await? {
            return Err(Error::RegistrationClosed);
        }
        let hash = self.hasher.hash(wanted.password).await?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let made = self.database.write(move |tx| {
            Box::pin(async move { this.insert_member(tx, &ctx, &profile, (Role::User, &hash)).await })
        });
        made.await
    }

    async fn insert_member(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        profile: &Profile,
        (role, hash): (Role, &str),
    ) -> Result<Authorized, Error> {
        let rights = (role.name().to_owned(), Grants::default());
        let user = self.new_user(tx, WorkspaceId::DEFAULT, profile, rights).await?;
        let who = Authorized { user, grants: role.grants() };
        self.insert_user(tx, &acting_as(ctx, &who), &who.user, (profile.email.key(), hash)).await?;
        Ok(who)
    }
}

async fn check_setup_token(connection: &impl ConnectionTrait, token: &SetupToken) -> Result<(), Error> {
    match setup::find_unused(connection).await? {
        Some(kept) if kept.matches(&token.hash()) => Ok(()),
        // Somebody may have used it since the caller looked.
        None if users::any(connection).await? => Err(Error::AlreadySetUp),
        _ => Err(Error::SetupTokenWrong),
    }
}
