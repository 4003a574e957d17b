//! What was delivered, delivering it again, and trying a webhook.

use metier_contract_notifications::{WEBHOOKS_READ, WEBHOOKS_WRITE, event::WEBHOOK_PING};
use metier_core::{Ctx, Cursor, Page, PageRequest, Timestamp};
use metier_db::{Tx, sea_orm::DbErr};
use serde_json::json;
use uuid::Uuid;

use super::Notifications;
use crate::{
    domain::{
        delivery::{Delivery, Try},
        webhook::Webhook,
    },
    error::Error,
    store::{
        DUE,
        deliveries::{self, Again},
    },
};

/// Most deliveries that are put in line again in one transaction.
const CHUNK: i64 = 1_000;

/// A delivery with its tries.
pub struct Shown {
    /// The delivery.
    pub delivery: Delivery,
    /// What came of each try, the first first.
    pub tries: Vec<Try>,
}

/// Which deliveries are sent again.
#[derive(Clone, Debug)]
pub struct Range {
    /// Made at or after.
    pub from: Timestamp,
    /// Made before.
    pub until: Timestamp,
    /// `delivered` or `failed`; both when absent.
    pub state: Option<String>,
}

impl Notifications {
    /// A page of a webhook's deliveries, the newest first.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], or the cursor is none of this list.
    pub async fn list_deliveries(
        &self,
        ctx: &Ctx,
        (named, state): (&str, Option<&str>),
        page: &PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        let webhook = self.get_webhook(ctx, named).await?;
        let before = page.after.as_ref().map(Cursor::key::<Uuid>).transpose()?.unwrap_or(Uuid::max());
        let place = (before, page.limit + 1);
        let rows = deliveries::list(self.database.reader(), webhook.id, state, place).await?;
        Ok(Page::from_rows(rows, page.limit, |delivery| delivery.id.uuid()))
    }

    /// One delivery with its tries.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], [`Error::DeliveryNotFound`].
    pub async fn get_delivery(&self, ctx: &Ctx, named: &str, id: &str) -> Result<Shown, Error> {
        ctx.require(WEBHOOKS_READ)?;
        let webhook = self.get_webhook(ctx, named).await?;
        let delivery = self.find_delivery(&webhook, id).await?;
        let tries = deliveries::tries(self.database.reader(), delivery.id).await?;
        Ok(Shown { delivery, tries })
    }

    async fn find_delivery(&self, webhook: &Webhook, id: &str) -> Result<Delivery, Error> {
        let missing = || Error::DeliveryNotFound(id.to_owned());
        let parsed = id.parse::<Uuid>().map_err(|_| missing())?;
        deliveries::find(self.database.reader(), webhook.id, parsed).await?.ok_or_else(missing)
    }

    /// Sends one delivery again, under the same id.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], [`Error::DeliveryNotFound`], [`Error::Disabled`].
    pub async fn replay_one(&self, ctx: &Ctx, named: &str, id: &str) -> Result<Shown, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let webhook = self.awake(ctx, named).await?;
        let delivery = self.find_delivery(&webhook, id).await?;
        let made = (Timestamp::EPOCH, Timestamp::from_micros(i64::MAX));
        self.replay(ctx, &webhook, (Some(delivery.id.uuid()), made, None)).await?;
        self.get_delivery(ctx, named, id).await
    }

    /// Sends deliveries again. Answers how many.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], [`Error::Disabled`].
    pub async fn replay_range(&self, ctx: &Ctx, named: &str, range: Range) -> Result<u64, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let webhook = self.awake(ctx, named).await?;
        self.replay(ctx, &webhook, (None, (range.from, range.until), range.state)).await
    }

    async fn replay(
        &self,
        ctx: &Ctx,
        webhook: &Webhook,
        (delivery, made, state): (Option<Uuid>, (Timestamp, Timestamp), Option<String>),
    ) -> Result<u64, Error> {
        let (mut replayed, id) = (0, webhook.id);
        loop {
            let (this, ctx, state) = (self.clone(), ctx.clone(), state.clone());
            let write = self.database.write(move |tx| {
                Box::pin(async move {
                    let again = Again { webhook: id, delivery, made, state: state.as_deref() };
                    let count = deliveries::replay(tx, again, (this.now(), CHUNK)).await?;
                    if count > 0 {
                        let change = (None::<()>, Some(json!({ "deliveries": count })));
                        this.outbox.audit(tx, &ctx, "webhook.replayed", id, change).await?;
                        tx.signal(DUE);
                    }
                    Ok::<_, Error>(count)
                })
            });
            let count = write.await?;
            replayed += count;
            if count < u64::try_from(CHUNK).unwrap_or(u64::MAX) {
                return Ok(replayed);
            }
        }
    }

    /// Sends a ping, as any delivery is sent.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], [`Error::Disabled`].
    pub async fn test_webhook(&self, ctx: &Ctx, named: &str) -> Result<Shown, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let webhook = self.awake(ctx, named).await?;
        let now = self.now();
        let event: Uuid = self.random.uuid(now);
        let body = json!({
            "id": event, "type": WEBHOOK_PING, "subject": webhook.id, "time": now, "owner": webhook.owner,
            "correlation_id": ctx.correlation, "data": { "name": webhook.wish.name },
        });
        let ping = self.in_line(&webhook, (event.to_string(), WEBHOOK_PING.to_owned(), body.to_string()));
        let (made, kept) = (ping.clone(), self.clone());
        let write = kept
            .database
            .write(move |tx| Box::pin(async move { Ok::<_, Error>(put_in_line(tx, &made).await?) }));
        write.await?;
        self.get_delivery(ctx, named, &ping.id.to_string()).await
    }

    async fn awake(&self, ctx: &Ctx, named: &str) -> Result<Webhook, Error> {
        let webhook = self.get_webhook(ctx, named).await?;
        if webhook.disabled_at.is_some() { Err(Error::Disabled(webhook.wish.name)) } else { Ok(webhook) }
    }

    /// A delivery that has not been tried.
    pub(super) fn in_line(
        &self,
        webhook: &Webhook,
        (event, kind, body): (String, String, String),
    ) -> Delivery {
        let now = self.now();
        Delivery {
            id: self.random.id(now),
            webhook: webhook.id,
            event,
            kind,
            body,
            state: "waiting".to_owned(),
            tries: 0,
            pending_tries: 0,
            pending_since: now,
            try_at: Some(now),
            created_at: now,
            settled_at: None,
        }
    }
}

/// Writes a delivery down and wakes who sends.
pub(super) async fn put_in_line(tx: &Tx, delivery: &Delivery) -> Result<(), DbErr> {
    deliveries::insert(tx, delivery).await?;
    tx.signal(DUE);
    Ok(())
}
