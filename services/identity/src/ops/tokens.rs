//! Tokens for other services: whose is this, and one for a key or a run.

use std::time::Duration;

use metier_auth::{ApiKey, Claims, Jwks, Subject, TokenKind};
use metier_contract_identity::permission::{TOKENS_EXCHANGE, TOKENS_MINT};
use metier_core::{Actor, ApiKeyId, Ctx, Grants, RunId, Secret, SessionId, Timestamp, UserId, WorkspaceId};

use super::{AccessToken, Identity};
use crate::{
    domain::{api_key::ApiKeyRecord, user::Authorized},
    error::Error,
    store::{api_keys, sessions, users},
};

/// The service that starts runs, and so the only one that may ask for their tokens.
const JOBS: &str = "jobs";
/// How long the token of an API key is valid. With the gateway's memory of it, a revoked key opens nothing
/// after this and thirty seconds.
const API_KEY_TOKEN_LIFETIME: Duration = Duration::from_mins(2);
/// The time of a key's last use is kept to this precision, to spare writes.
const TOUCH_EVERY: Duration = Duration::from_mins(1);

/// Whose token it is.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The person, as they are now.
    pub who: Authorized,
    /// What the token says.
    pub claims: Claims,
}

/// What the jobs service says of a run.
#[derive(Clone, Debug)]
pub struct RunToken {
    /// The run.
    pub run: RunId,
    /// For whom it works.
    pub user: UserId,
    /// Where it was submitted.
    pub workspace: WorkspaceId,
    /// The API key it was submitted with.
    pub api_key: Option<ApiKeyId>,
    /// What the actor was allowed at the time.
    pub submitted: Grants,
    /// What its kind declares.
    pub kind: Grants,
    /// How long the token is wanted.
    pub lifetime: Duration,
}

impl Identity {
    /// Whose token this is, looked up now: a session or key that ended a moment ago is refused.
    ///
    /// # Errors
    /// `token_expired`, `token_invalid`, or [`Error::TokenRefused`].
    pub async fn authenticate(&self, token: &Secret<String>) -> Result<Holder, Error> {
        let claims = self.verifier.verify_fetching(token.expose(), self.clock.now()).await?;
        if claims.kind != TokenKind::User {
            return Err(Error::TokenRefused);
        }
        let user = claims.actor.user().ok_or(Error::TokenRefused)?;
        let who = users::find(self.database.reader(), user).await?.filter(|who| who.user.is_enabled());
        let who = who.ok_or(Error::TokenRefused)?;
        self.still_signed_in(&claims, user).await?;
        Ok(Holder { who, claims })
    }

    async fn still_signed_in(&self, claims: &Claims, user: UserId) -> Result<(), Error> {
        let (reader, now) = (self.database.reader(), self.clock.now());
        if let Some(session) = claims.sid {
            sessions::find_live(reader, user, session, now).await?.ok_or(Error::TokenRefused)?;
        }
        if let Actor::ApiKey { id, .. } = claims.actor {
            let key = api_keys::find(reader, id).await?;
            key.filter(|key| key.is_usable(now)).ok_or(Error::TokenRefused)?;
        }
        Ok(())
    }

    /// A token for the owner of an API key, with the rights that key and owner have in common.
    ///
    /// # Errors
    /// [`Error::ApiKeyInvalid`] when the key is unknown, expired or revoked, or its owner disabled.
    pub async fn exchange_api_key(&self, ctx: &Ctx, text: &Secret<String>) -> Result<AccessToken, Error> {
        ctx.require(TOKENS_EXCHANGE)?;
        let key = ApiKey::parse(text.expose()).map_err(|_malformed| Error::ApiKeyInvalid)?;
        let found = api_keys::find_by_prefix(self.database.reader(), key.prefix()).await?;
        let known = found.filter(|(_, digest)| digest.matches(&key)).map(|(record, _)| record);
        let (record, owner) = self.usable(known).await?.ok_or(Error::ApiKeyInvalid)?;
        self.touch(&record).await?;
        let now = self.clock.now();
        let lifetime = record
            .expires_at
            .map_or(API_KEY_TOKEN_LIFETIME, |end| end.since(now).min(API_KEY_TOKEN_LIFETIME));
        let subject = Subject {
            actor: Actor::ApiKey { id: record.id, user: record.user },
            workspace: record.workspace,
            grants: owner.grants.intersect(&record.grants),
            session: None,
            number: Some(owner.user.number),
        };
        self.sign(Claims::new(subject, lifetime, now, &self.random))
    }

    /// What a worker's key may claim.
    ///
    /// # Errors
    /// [`Error::ApiKeyNotFound`] when it is not usable.
    pub async fn get_api_key_scope(&self, ctx: &Ctx, id: ApiKeyId) -> Result<ApiKeyRecord, Error> {
        ctx.require(TOKENS_EXCHANGE)?;
        let found = api_keys::find(self.database.reader(), id).await?;
        let usable = self.usable(found).await?;
        usable.map(|(record, _)| record).ok_or(Error::ApiKeyNotFound(id))
    }

    async fn usable(&self, key: Option<ApiKeyRecord>) -> Result<Option<(ApiKeyRecord, Authorized)>, Error> {
        let Some(key) = key.filter(|key| key.is_usable(self.clock.now())) else { return Ok(None) };
        let owner = users::find(self.database.reader(), key.user).await?.filter(|who| who.user.is_enabled());
        Ok(owner.map(|owner| (key, owner)))
    }

    async fn touch(&self, key: &ApiKeyRecord) -> Result<(), Error> {
        let (id, now) = (key.id, self.clock.now());
        if key.last_used_at.is_some_and(|last| now.since(last) < TOUCH_EVERY) {
            return Ok(());
        }
        let touched = self
            .database
            .write(move |tx| Box::pin(async move { Ok::<_, Error>(api_keys::touch(tx, id, now).await?) }));
        touched.await
    }

    /// A token for the handler of one run. Its rights are those that all three have: the person now, the
    /// actor when it submitted the run, and the run's kind.
    ///
    /// # Errors
    /// [`Error::OnlyFor`] for everyone but the jobs service; [`Error::RunActorGone`].
    pub async fn mint_run_token(&self, ctx: &Ctx, wanted: RunToken) -> Result<AccessToken, Error> {
        ctx.require(TOKENS_MINT)?;
        if !matches!(&ctx.actor, Actor::Service { name } if name == JOBS) {
            return Err(Error::OnlyFor(JOBS));
        }
        let now = self.clock.now();
        let who = users::find(self.database.reader(), wanted.user).await?;
        let who = who.filter(|who| who.user.is_enabled() && who.user.workspace == wanted.workspace);
        let who = who.ok_or(Error::RunActorGone)?;
        if let Some(id) = wanted.api_key {
            // A key that expired was good when the run was submitted; one that was revoked may be in wrong hands.
            let key = api_keys::find(self.database.reader(), id).await?;
            key.filter(|key| key.user == wanted.user && key.revoked_at.is_none())
                .ok_or(Error::RunActorGone)?;
        }
        let subject = Subject {
            actor: Actor::Run { id: wanted.run, user: wanted.user },
            workspace: wanted.workspace,
            grants: who.grants.intersect(&wanted.submitted).intersect(&wanted.kind),
            session: None,
            number: None,
        };
        self.sign(Claims::new(subject, wanted.lifetime, now, &self.random))
    }

    /// The session of a token that the edge has verified already.
    pub async fn session_of(&self, token: &Secret<String>) -> Option<SessionId> {
        self.verifier.verify_fetching(token.expose(), self.clock.now()).await.ok()?.sid
    }

    /// The public keys that verify tokens.
    pub fn jwks(&self) -> Jwks {
        self.signing_keys.jwks(self.clock.now())
    }

    /// The moment, for those who count seconds until a token ends.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
