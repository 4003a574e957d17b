//! API keys: made and revoked by their owners, in person.

use metier_auth::ApiKey;
use metier_bus::NewEvent;
use metier_contract_identity::{
    event::{API_KEY_CREATED, API_KEY_REVOKED, ApiKeyEvent, TOPIC_AUTH},
    permission::{API_KEYS_READ_ALL, API_KEYS_REVOKE_ALL},
};
use metier_core::{Actor, ApiKeyId, Ctx, Fault, Page, PageRequest, Secret};
use metier_db::{DbError, KeyedRequest, Tx, made_before, remember_making};

use super::{Identity, UNTOLD};
use crate::{
    domain::api_key::{ApiKeyPlan, ApiKeyRecord, ApiKeyWish},
    error::Error,
    store::{
        api_keys::{self, Owners},
        users,
    },
};

/// Keys a person may have at a time.
const MAX_KEYS: i64 = 100;

/// A key and, this once, its text.
#[derive(Clone, Debug)]
pub struct CreatedApiKey {
    /// All but the secret.
    pub record: ApiKeyRecord,
    /// The whole key; `None` when the request was a repetition, for it is not kept.
    pub key: Option<Secret<String>>,
}

impl Identity {
    /// Makes a key for the caller, with no right the caller lacks.
    ///
    /// # Errors
    /// [`Error::GrantsExceeded`], [`Error::TooManyApiKeys`], or `invalid_parameters`; `session_required` for
    /// anybody but a signed-in person.
    pub async fn create_api_key(
        &self,
        ctx: &Ctx,
        wish: ApiKeyWish,
        request: Option<KeyedRequest>,
    ) -> Result<CreatedApiKey, Error> {
        ctx.require_person()?;
        let plan = wish.check(self.clock.now())?;
        if !ctx.grants.cover(&plan.grants) {
            return Err(Error::GrantsExceeded);
        }
        if let Some(id) = made_before::<String>(self.database.reader(), ctx, request.as_ref()).await? {
            return self.made_api_key(&id).await;
        }
        let (this, acting, made) = (self.clone(), ctx.clone(), request.clone());
        let created = self.database.write(move |tx| {
            Box::pin(async move { this.insert_api_key(tx, &acting, plan, made.as_ref()).await })
        });
        match created.await {
            Err(Error::Database(DbError::Repeated)) => {
                let id = made_before::<String>(self.database.reader(), ctx, request.as_ref())
                    .await?
                    .ok_or(DbError::Repeated)?;
                self.made_api_key(&id).await
            }
            created => created,
        }
    }

    async fn made_api_key(&self, id: &str) -> Result<CreatedApiKey, Error> {
        let id = id.parse().map_err(Fault::internal)?;
        let record = api_keys::find(self.database.reader(), id).await?;
        Ok(CreatedApiKey { record: record.ok_or(Error::ApiKeyNotFound(id))?, key: None })
    }

    async fn insert_api_key(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        plan: ApiKeyPlan,
        request: Option<&KeyedRequest>,
    ) -> Result<CreatedApiKey, Error> {
        let (user, now) = (ctx.require_person()?, self.clock.now());
        // The token may be older than what was decided about its owner since.
        let who = users::find(tx, user).await?.filter(|who| who.user.is_enabled());
        if !who.ok_or(Error::TokenRefused)?.grants.cover(&plan.grants) {
            return Err(Error::GrantsExceeded);
        }
        if api_keys::count_usable(tx, user, now).await? >= MAX_KEYS {
            return Err(Error::TooManyApiKeys(MAX_KEYS));
        }
        let key = ApiKey::generate(&self.random);
        let record = ApiKeyRecord {
            id: self.random.id(now),
            workspace: ctx.workspace,
            user,
            prefix: key.prefix().to_owned(),
            name: plan.name,
            grants: plan.grants,
            kinds: plan.kinds,
            queues: plan.queues,
            created_at: now,
            expires_at: plan.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        remember_making(tx, ctx, (request, &record.id.to_string()), self.clock.now()).await?;
        api_keys::insert(tx, &record, &key.digest()).await?;
        self.record(tx, ctx, about(API_KEY_CREATED, &record), (None::<()>, Some(&record.grants))).await?;
        Ok(CreatedApiKey { record, key: Some(key.text()) })
    }

    /// The caller's keys, oldest first.
    ///
    /// # Errors
    /// `session_required` for anybody but a signed-in person.
    pub async fn list_own_api_keys(
        &self,
        ctx: &Ctx,
        page: &PageRequest,
    ) -> Result<Page<ApiKeyRecord>, Error> {
        let owner = ctx.require_person()?;
        self.list_keys(Owners::One(owner), page).await
    }

    /// Everyone's keys in the workspace, oldest first.
    ///
    /// # Errors
    /// `permission_denied` without `api_keys:read_all`.
    pub async fn list_all_api_keys(
        &self,
        ctx: &Ctx,
        page: &PageRequest,
    ) -> Result<Page<ApiKeyRecord>, Error> {
        ctx.require(API_KEYS_READ_ALL)?;
        self.list_keys(Owners::All(ctx.workspace), page).await
    }

    async fn list_keys(&self, owners: Owners, page: &PageRequest) -> Result<Page<ApiKeyRecord>, Error> {
        let after = page.after.as_ref().map(metier_core::Cursor::key).transpose()?;
        let rows = api_keys::list(self.database.reader(), owners, (after, page.limit)).await?;
        Ok(Page::from_rows(rows, page.limit, |key| key.id))
    }

    /// One key: the caller's own, or anybody's with `api_keys:read_all`.
    ///
    /// # Errors
    /// [`Error::ApiKeyNotFound`].
    pub async fn get_api_key(&self, ctx: &Ctx, id: ApiKeyId) -> Result<ApiKeyRecord, Error> {
        ctx.require_somebody()?;
        let found = api_keys::find(self.database.reader(), id).await?;
        let may = |key: &ApiKeyRecord| is_own(ctx, key) || (is_near(ctx, key) && ctx.sees_all("api_keys"));
        found.filter(may).ok_or(Error::ApiKeyNotFound(id))
    }

    /// Revokes a key: the caller's own in person, or anybody's with `api_keys:revoke_all`. Doing it again
    /// changes nothing.
    ///
    /// # Errors
    /// [`Error::ApiKeyNotFound`] when it is somebody else's.
    pub async fn revoke_api_key(&self, ctx: &Ctx, id: ApiKeyId) -> Result<(), Error> {
        ctx.require_somebody()?;
        let found = api_keys::find(self.database.reader(), id).await?;
        let may = |key: &ApiKeyRecord| {
            is_own(ctx, key) || (is_near(ctx, key) && ctx.grants.allow(API_KEYS_REVOKE_ALL))
        };
        let key = found.filter(may).ok_or(Error::ApiKeyNotFound(id))?;
        let (this, ctx) = (self.clone(), ctx.clone());
        let revoked = self.database.write(move |tx| {
            Box::pin(async move {
                if api_keys::revoke(tx, id, this.clock.now()).await? {
                    this.record(tx, &ctx, about(API_KEY_REVOKED, &key), UNTOLD).await?;
                }
                Ok(())
            })
        });
        revoked.await
    }
}

fn is_own(ctx: &Ctx, key: &ApiKeyRecord) -> bool {
    ctx.actor == Actor::User { id: key.user }
}

fn is_near(ctx: &Ctx, key: &ApiKeyRecord) -> bool {
    ctx.workspace == key.workspace
}

fn about(kind: &'static str, key: &ApiKeyRecord) -> NewEvent {
    let data = ApiKeyEvent { user_id: key.user, api_key_id: key.id };
    NewEvent::new(TOPIC_AUTH, kind, key.id, data).owned_by(Some(key.user))
}
