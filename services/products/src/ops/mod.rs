//! What can be done with products and categories. Each operation decides who may, asks the domain, and writes
//! rows, events and audit entries in one transaction.

mod categories;
mod products;

use metier_bus::{NewEvent, Outbox};
use metier_core::{Clock, Ctx, Fault, Random};
use metier_db::{Database, Tx};
use metier_harness::Kit;
use serde::Serialize;

use crate::{config::Config, domain::currency::Currency, error::Error};

/// The service: everything its operations need. Clones share it.
#[derive(Clone)]
pub struct Products {
    database: Database,
    outbox: Outbox,
    clock: Clock,
    random: Random,
    currency: Currency,
}

impl Products {
    /// Puts the service together.
    ///
    /// # Errors
    /// When the kit has no database.
    pub fn new(config: &Config, kit: &Kit) -> Result<Self, Fault> {
        Ok(Self {
            database: kit.database()?,
            outbox: kit.outbox.clone(),
            clock: kit.clock.clone(),
            random: kit.random.clone(),
            currency: config.currency.clone(),
        })
    }

    /// Publishes an event and the audit entry of the same change.
    async fn record(
        &self,
        tx: &Tx,
        ctx: &Ctx,
        event: NewEvent,
        change: (Option<&(impl Serialize + Sync)>, Option<&(impl Serialize + Sync)>),
    ) -> Result<(), Error> {
        let (kind, subject) = (event.kind, event.subject.clone());
        self.outbox.publish(tx, ctx, event).await?;
        Ok(self.outbox.audit(tx, ctx, kind, subject, change).await?)
    }
}
