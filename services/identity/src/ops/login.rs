//! Signing in.

use std::time::Duration;

use metier_auth::{Claims, Subject};
use metier_bus::NewEvent;
use metier_contract_identity::event::{LOGIN, LOGIN_FAILED, SessionEvent, TOPIC_AUTH};
use metier_core::{Actor, Ctx, Id, Secret, SessionId, Timestamp, UserId};
use metier_db::Tx;
use uuid::Uuid;

use super::{Identity, UNTOLD, acting_as, attempts::Counted};
use crate::{
    domain::{
        email::Email,
        session::{Origin, Session},
        throttle::{Familiarity, buckets},
        token::{DeviceToken, RefreshToken},
        user::Authorized,
    },
    error::Error,
    store::{devices, sessions, users},
};

/// An address is known this long after the last sign-in from it.
const KNOWN_FOR: Duration = Duration::from_hours(30 * 24);

/// What somebody signs in with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: Secret<String>,
}

/// A token for the API.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token.
    pub token: Secret<String>,
    /// From when it is no longer valid.
    pub expires_at: Timestamp,
}

/// Somebody who signed in or refreshed.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub who: Authorized,
    /// The session it belongs to.
    pub session: SessionId,
    /// When the session ends unless it is used.
    pub session_expires_at: Timestamp,
    /// For the API.
    pub access: AccessToken,
    /// For the next access token.
    pub refresh: Secret<String>,
    /// For the next sign-in on this device; a refresh leaves it as it is.
    pub device: Option<Secret<String>>,
}

impl Identity {
    /// Signs somebody in. It takes as long for an account that does not exist.
    ///
    /// # Errors
    /// [`Error::CredentialsWrong`], or [`Error::Throttled`] after too many failures.
    pub async fn login(
        &self,
        ctx: &Ctx,
        credentials: Credentials,
        origin: Origin,
    ) -> Result<SignedIn, Error> {
        let email: Email = credentials.email.parse()?;
        let found = users::find_by_email(self.database.reader(), email.key()).await?;
        let user = found.as_ref().map(|who| who.user.id);
        // Nobody has this id; looking for what they have takes as long as for somebody else.
        let id = user.unwrap_or(Id::from_uuid(Uuid::nil()));
        let familiarity = self.familiarity(id, &origin).await?;
        let counted = self.count_attempt(buckets(email.key(), origin.address, familiarity)).await?;
        let stored = users::password_hash(self.database.reader(), id).await?;
        let right = match self.hasher.verify(credentials.password.clone(), stored.clone()).await {
            Ok(right) => right,
            Err(fault) => return Err(self.not_judged(counted, fault.into()).await),
        };
        let Some(who) = found.filter(|who| right && who.user.is_enabled()) else {
            return Err(self.login_failed(ctx, user).await);
        };
        let rehashed = match stored.filter(|stored| self.hasher.needs_rehash(stored)) {
            Some(_old) => Some(self.hasher.hash(credentials.password).await?),
            None => None,
        };
        let (this, ctx) = (self.clone(), acting_as(ctx, &who));
        let begun = self.database.write(move |tx| {
            Box::pin(async move {
                this.take_back(tx, &counted).await?;
                if let Some(hash) = rehashed {
                    users::set_password(tx, who.user.id, &hash, this.clock.now()).await?;
                }
                this.begin_session(tx, &ctx, who.user.id, (&origin, familiarity)).await
            })
        });
        let signed_in = begun.await?;
        metrics::counter!("metier_identity_logins_total", "outcome" => "succeeded").increment(1);
        Ok(signed_in)
    }

    async fn familiarity(&self, user: UserId, origin: &Origin) -> Result<Familiarity, Error> {
        let reader = self.database.reader();
        let shown = origin.device.as_ref().and_then(|text| DeviceToken::parse(text.expose()));
        if let Some(token) = shown
            && devices::is_known(reader, user, &token).await?
        {
            return Ok(Familiarity::Device(token.device));
        }
        let since = self.clock.now().minus(KNOWN_FOR);
        match origin.address {
            Some(address) if sessions::came_from(reader, user, &address.to_string(), since).await? => {
                Ok(Familiarity::Address)
            }
            _ => Ok(Familiarity::Stranger),
        }
    }

    /// The machine was too busy: that is nobody's failure.
    pub(super) async fn not_judged(&self, counted: Counted, error: Error) -> Error {
        let this = self.clone();
        let taken_back =
            self.database.write(move |tx| Box::pin(async move { this.take_back(tx, &counted).await }));
        taken_back.await.err().unwrap_or(error)
    }

    /// The same work whether the account exists or not, so that the time says nothing.
    async fn login_failed(&self, ctx: &Ctx, user: Option<UserId>) -> Error {
        metrics::counter!("metier_identity_logins_total", "outcome" => "failed").increment(1);
        let subject = user.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
        let (this, ctx) = (self.clone(), ctx.clone());
        let event = NewEvent::new(TOPIC_AUTH, LOGIN_FAILED, subject, ()).owned_by(user);
        let recorded = self
            .database
            .write(move |tx| Box::pin(async move { this.record(tx, &ctx, event, UNTOLD).await }));
        recorded.await.err().unwrap_or(Error::CredentialsWrong)
    }

    /// Begins a session for somebody who is still there and enabled.
    pub(super) async fn begin_session(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        user: UserId,
        (origin, familiarity): (&Origin, Familiarity),
    ) -> Result<SignedIn, Error> {
        let now = self.clock.now();
        let who = users::find(tx, user).await?.filter(|who| who.user.is_enabled());
        let who = who.ok_or(Error::CredentialsWrong)?;
        let device = self.device(tx, user, (origin, familiarity)).await?;
        let session = Session {
            id: self.random.id(now),
            user,
            label: origin.short_label(),
            address: origin.address.map(|address| address.to_string()),
            created_at: now,
            last_used_at: now,
            expires_at: self.lifetime().end(now, now),
        };
        let refresh = RefreshToken::first(session.id, &self.random);
        sessions::insert(tx, &session, device.device, &refresh).await?;
        let event = SessionEvent { user_id: user, session_id: session.id };
        let event = NewEvent::new(TOPIC_AUTH, LOGIN, user, event).owned_by(Some(user));
        self.record(tx, ctx, event, UNTOLD).await?;
        let access = self.access_token(&who, session.id)?;
        Ok(SignedIn {
            who,
            session: session.id,
            session_expires_at: session.expires_at,
            access,
            refresh: refresh.text(),
            device: Some(device.text()),
        })
    }

    /// The device's token: the one it showed when it is known, a fresh one otherwise.
    async fn device(
        &self,
        tx: &Tx,
        user: UserId,
        (origin, familiarity): (&Origin, Familiarity),
    ) -> Result<DeviceToken, Error> {
        let now = self.clock.now();
        let shown = origin.device.as_ref().and_then(|text| DeviceToken::parse(text.expose()));
        if let (Some(token), Familiarity::Device(known)) = (shown, familiarity)
            && token.device == known
            && devices::touch(tx, known, now).await?
        {
            return Ok(token);
        }
        let token = DeviceToken::generate(self.random.id(now), &self.random);
        devices::insert(tx, user, &token, now).await?;
        Ok(token)
    }

    pub(super) fn access_token(&self, who: &Authorized, session: SessionId) -> Result<AccessToken, Error> {
        let subject = Subject {
            actor: Actor::User { id: who.user.id },
            workspace: who.user.workspace,
            grants: who.grants.clone(),
            session: Some(session),
            number: Some(who.user.number),
        };
        self.sign(Claims::new(subject, Claims::ACCESS_LIFETIME, self.clock.now(), &self.random))
    }

    pub(super) fn sign(&self, claims: Claims) -> Result<AccessToken, Error> {
        let token = Secret::new(self.signing_keys.signer().sign(&claims)?);
        Ok(AccessToken { token, expires_at: Timestamp::from_seconds(claims.exp) })
    }
}

#[cfg(test)]
mod tests {
    use metier_auth::HashSettings;
    use metier_core::{CorrelationId, Ctx};
    use metier_harness::{Sandbox, ServiceSpec, Topology};

    use super::*;
    use crate::{Config, SPEC, ops::FirstAdmin};

    static REGISTRY: [ServiceSpec; 1] = [SPEC];

    async fn hashes(identity: &Identity, ctx: &Ctx, email: &str) -> u64 {
        let before = identity.hasher.computed();
        let credentials = Credentials { email: email.to_owned(), password: Secret::new("a guess".into()) };
        let refused = identity.login(ctx, credentials, Origin::default()).await.unwrap_err();
        assert!(matches!(refused, Error::CredentialsWrong));
        identity.hasher.computed() - before
    }

    #[tokio::test]
    async fn an_account_that_does_not_exist_costs_the_same_hash() {
        let sandbox = Sandbox::start(&REGISTRY, Topology::AllInOneSqlite).await.unwrap();
        let kit = sandbox.kit("identity");
        let passwords = HashSettings { memory_kib: 64, passes: 1, ..HashSettings::default() };
        let identity = Identity::new(Config { passwords, ..Config::default() }, kit).unwrap();
        let ctx = Ctx::anonymous(CorrelationId::fresh(&kit.clock, &kit.random));
        let password = Secret::new("correct horse battery".to_owned());
        let admin = FirstAdmin { email: "root@example.org".into(), display_name: None, password };
        let token = identity.setup_token().await.unwrap().unwrap();
        identity.set_up(&ctx, token, admin).await.unwrap();
        assert_eq!(hashes(&identity, &ctx, "root@example.org").await, 1);
        assert_eq!(hashes(&identity, &ctx, "nobody@example.org").await, 1);
    }
}
