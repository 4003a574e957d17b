//! What can be done with people, sessions, roles and keys. Each operation decides who may, asks the domain,
//! and writes rows, events and audit entries in one transaction.

mod api_keys;
mod attempts;
mod login;
mod password;
mod refresh;
mod retention;
mod roles;
mod sessions;
mod setup;
mod signing_keys;
mod tokens;
mod user_changes;
mod users;

pub use login::{AccessToken, Credentials, SignedIn};
pub use password::PasswordChange;
pub use roles::{NewRole, RoleChange, RoleView};
pub use setup::FirstAdmin;
pub use tokens::RunToken;
pub use user_changes::UserChange;
pub use users::NewUser;

use std::sync::Arc;

use metier_auth::{PasswordHasher, SigningKeys, Verifier};
use metier_bus::{NewEvent, Outbox};
use metier_core::{Actor, Clock, Ctx, Fault, Random};
use metier_db::{Database, Tx};
use metier_harness::Kit;
use serde::Serialize;

use crate::{config::Config, domain::session::Lifetime, error::Error};

/// The service: everything its operations need. Clones share it.
#[derive(Clone)]
pub struct Identity {
    database: Database,
    outbox: Outbox,
    clock: Clock,
    random: Random,
    hasher: PasswordHasher,
    signing_keys: SigningKeys,
    verifier: Verifier,
    config: Arc<Config>,
}

impl Identity {
    /// Puts the service together.
    ///
    /// # Errors
    /// When the kit lacks the database or the signing keys, or the settings for passwords are impossible.
    pub fn new(config: Config, kit: &Kit) -> Result<Self, Fault> {
        Ok(Self {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            hasher: PasswordHasher::new(&config.passwords, &kit.random).map_err(Fault::internal)?,
            signing_keys: kit.signing_keys()?,
            verifier: kit.verifier.clone(),
            config: Arc::new(config),
        })
    }

    fn lifetime(&self) -> Lifetime {
        (&self.config.sessions).into()
    }

    /// Publishes an event and the audit entry of the same change.
    async fn record(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        event: NewEvent,
        change: (Option<impl Serialize>, Option<impl Serialize>),
    ) -> Result<(), Error> {
        let (kind, subject) = (event.kind, event.subject.clone());
        self.outbox.publish(tx, ctx, event).await?;
        Ok(self.outbox.audit(tx, ctx, kind, subject, change).await?)
    }
}

/// No state before or after worth telling.
const UNTOLD: (Option<()>, Option<()>) = (None, None);

/// The context of somebody who just proved who they are.
fn acting_as(ctx: &Ctx, who: &crate::domain::user::Authorized) -> Ctx {
    Ctx {
        actor: Actor::User { id: who.user.id },
        workspace: who.user.workspace,
        grants: Arc::new(who.grants.clone()),
        ..ctx.clone()
    }
}
