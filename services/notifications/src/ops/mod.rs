//! What can be done with webhooks. Each operation decides who may, asks the domain, and writes rows, events and audit
//! entries in one transaction.

mod deliveries;
mod owners;
mod sending;
mod taking;
mod webhooks;

use std::{sync::Arc, time::Duration};

use metier_auth::Sealer;
use metier_bus::{LogReader, NewEvent, Outbox};
use metier_contract_notifications::{
    SERVICE, WebhookId,
    event::{TOPIC_WEBHOOK, WebhookEvent},
};
use metier_core::{Clock, CorrelationId, Ctx, Fault, Random, Secret, Timestamp, WorkspaceId};
use metier_db::{Database, DbError, Tx};
use metier_harness::Kit;
use serde::Serialize;

use crate::{
    config::Config,
    domain::{destination::Guard, webhook::Webhook},
    error::Error,
    send::Sender,
    store::{CHANGED, deliveries as stored},
};

pub use deliveries::{Range, Shown};
pub use owners::follow_owners;
pub use webhooks::Made;

/// Rows forgotten in one transaction.
const CHUNK: i64 = 1_000;
/// How long making a webhook waits for one publisher to say where its log ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// The service: everything its operations need. Clones share it.
#[derive(Clone)]
pub struct Notifications {
    database: Database,
    outbox: Outbox,
    clock: Clock,
    random: Random,
    sealer: Sealer,
    sender: Sender,
    config: Arc<Config>,
    logs: Arc<Vec<(&'static str, LogReader)>>,
}

impl Notifications {
    /// Puts the service together.
    ///
    /// # Errors
    /// When the kit has no database.
    pub fn new(config: Config, kit: &Kit) -> Result<Self, Fault> {
        let log = |name: &'static str| Ok((name, LogReader::new(kit.link(name)?)));
        let logs = kit.peers().into_iter().map(log).collect::<Result<_, Fault>>()?;
        Ok(Self {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            sealer: kit.sealer.clone(),
            sender: Sender::new(Guard::new(config.allow_networks.clone()))?,
            config: Arc::new(config),
            logs: Arc::new(logs),
        })
    }

    /// Its database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The logs there may be.
    pub fn logs(&self) -> &[(&'static str, LogReader)] {
        &self.logs
    }

    /// Forgets what was delivered long ago. Answers how much.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_old(&self) -> Result<u64, Error> {
        let before = self.clock.now().minus(self.config.keep_deliveries());
        let mut forgotten = 0;
        loop {
            let write = self.database.write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(stored::forget(tx, before, CHUNK).await?) })
            });
            let chunk = write.await?;
            forgotten += chunk;
            if chunk == 0 {
                return Ok(forgotten);
            }
        }
    }

    /// The service acting for itself in a workspace.
    fn ctx(&self, workspace: WorkspaceId) -> Ctx {
        let correlation = CorrelationId::fresh(&self.clock, &self.random);
        Ctx { workspace, ..Ctx::service(SERVICE, correlation) }
    }

    /// Publishes an event to the webhook's owner and the audit entry of the same change, and wakes who reads logs.
    async fn record(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        (kind, webhook): (&'static str, &Webhook),
        change: (Option<&(impl Serialize + Sync)>, Option<&(impl Serialize + Sync)>),
    ) -> Result<(), Error> {
        let (webhook_id, name) = (webhook.id, webhook.wish.name.clone());
        let reason = webhook.disabled_reason.clone();
        let data = WebhookEvent { webhook_id, name, reason };
        let event = NewEvent::new(TOPIC_WEBHOOK, kind, webhook.id, data).owned_by(Some(webhook.owner));
        self.outbox.publish(tx, ctx, event).await?;
        self.outbox.audit(tx, ctx, kind, webhook.id, change).await?;
        tx.signal(CHANGED);
        Ok(())
    }

    fn seal(&self, webhook: WebhookId, secret: &Secret<String>) -> Result<Vec<u8>, Fault> {
        self.sealer.seal(&owner_of_secret(webhook), secret)
    }

    fn open(&self, webhook: WebhookId, sealed: &[u8]) -> Result<Secret<String>, Fault> {
        self.sealer.open(&owner_of_secret(webhook), sealed)
    }

    /// Where each log ends now, as far as its publisher answers: what lies before is of no use to a first webhook.
    async fn ends(&self) -> Vec<(&'static str, i64)> {
        let ask = |(name, log): &(&'static str, LogReader)| {
            let (name, log) = (*name, log.clone());
            async move { Some((name, tokio::time::timeout(PATIENCE, log.end()).await.ok()?.ok()?)) }
        };
        futures::future::join_all(self.logs.iter().map(ask)).await.into_iter().flatten().collect()
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn owner_of_secret(webhook: WebhookId) -> String {
    format!("webhook {webhook}")
}
