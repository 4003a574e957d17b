//! From a publisher's log into the line: each event once for each webhook that hears it, in the transaction that moves
//! the place in the log.

use metier_bus::{Found, Telling};

use super::{Notifications, deliveries::put_in_line};
use crate::{
    domain::{delivery::Delivery, webhook::Webhook},
    error::Error,
    store::{places, webhooks},
};

impl Notifications {
    /// Whether anybody hears anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_hearers(&self) -> Result<bool, Error> {
        Ok(webhooks::is_any_enabled(self.database.reader()).await?)
    }

    /// The place in a publisher's log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn place(&self, publisher: &str) -> Result<i64, Error> {
        Ok(places::get(self.database.reader(), publisher).await?)
    }

    /// Deals with what was found after a position. Nothing when another replica did.
    ///
    /// # Errors
    /// When the database fails; then the place stays where it is.
    pub async fn take(&self, publisher: &'static str, after: i64, found: Found) -> Result<(), Error> {
        let this = self.clone();
        let write = self.database.write(move |tx| {
            Box::pin(async move {
                if !places::advance(tx, publisher, (after, found.position), this.now()).await? {
                    return Ok(());
                }
                let hearers = webhooks::enabled(tx).await?;
                for telling in found.events.iter().flat_map(metier_bus::Event::tellings) {
                    for webhook in hearers.iter().filter(|webhook| webhook.hears(&telling)) {
                        put_in_line(tx, &this.of(webhook, &telling)?).await?;
                    }
                }
                Ok(())
            })
        });
        write.await
    }

    fn of(&self, webhook: &Webhook, telling: &Telling) -> Result<Delivery, Error> {
        let body = serde_json::to_string(telling).map_err(metier_core::Fault::internal)?;
        Ok(self.in_line(webhook, (telling.id.clone(), telling.kind.clone(), body)))
    }
}
