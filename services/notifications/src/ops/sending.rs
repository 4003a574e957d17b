//! Sending what is due, and what becomes of it.
//!
//! A delivery is taken for a while before it is sent. Whoever is killed in between is followed by another when that
//! while is over: the receiver may then get it twice, under the same id.

use std::time::Duration;

use futures::future::join_all;
use metier_contract_notifications::event::WEBHOOK_DISABLED;
use metier_core::{Ctx, Timestamp};
use metier_db::{DbError, Tx};

use super::Notifications;
use crate::{
    domain::{
        delivery::{Answer, Delivery, Try, Verdict},
        signature,
        webhook::{Secrets, Webhook, Wish},
    },
    error::Error,
    send::Message,
    store::{deliveries, webhooks},
};

/// Sent at a time; one that hangs holds up the others no longer than one try may take.
const BATCH: i64 = 32;
/// Longer than a try may take.
const LEASE: Duration = Duration::from_mins(1);

impl Notifications {
    /// Sends everything that is due, and says when there is something again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_due(&self) -> Result<Option<Timestamp>, Error> {
        loop {
            let now = self.now();
            let write = self.database.write(move |tx| {
                Box::pin(async move { Ok::<_, DbError>(deliveries::take_due(tx, now, LEASE, BATCH).await?) })
            });
            let due = write.await?;
            if due.is_empty() {
                return Ok(deliveries::next_due(self.database.reader()).await?);
            }
            for sent in join_all(due.into_iter().map(|delivery| self.send(delivery))).await {
                sent?;
            }
        }
    }

    async fn send(&self, delivery: Delivery) -> Result<(), Error> {
        let Some(webhook) = webhooks::get(self.database.reader(), delivery.webhook).await? else {
            return Ok(());
        };
        let Some(secrets) = self.secrets(&webhook).await? else { return Ok(()) };
        let (id, tried_at) = (delivery.id.to_string(), self.now());
        let signature = signature::header(&secrets.at(tried_at), (&id, tried_at), &delivery.body);
        let headers = vec![
            ("webhook-id", id),
            ("webhook-timestamp", tried_at.seconds().to_string()),
            ("webhook-signature", signature),
            ("metier-event", delivery.kind.clone()),
        ];
        let message = Message { url: &webhook.wish.url, headers, body: delivery.body.clone() };
        let answer = self.sender.send(message).await;
        tracing::debug!(webhook = %webhook.id, delivery = %delivery.id, status = answer.status, error = answer.error, "sent");
        self.settle(webhook, delivery, Try { number: 0, tried_at, answer }).await
    }

    async fn secrets(&self, webhook: &Webhook) -> Result<Option<Secrets>, Error> {
        let Some(sealed) = webhooks::secrets(self.database.reader(), webhook.id).await? else {
            return Ok(None);
        };
        let old = match sealed.old_secret.zip(sealed.old_secret_until) {
            Some((old, until)) => Some((self.open(webhook.id, &old)?, Timestamp::from_micros(until))),
            None => None,
        };
        Ok(Some(Secrets { current: self.open(webhook.id, &sealed.secret)?, old }))
    }

    async fn settle(&self, webhook: Webhook, delivery: Delivery, tried: Try) -> Result<(), Error> {
        let (now, this) = (self.now(), self.clone());
        let verdict = delivery.judge(&tried.answer, now, self.random.fraction());
        let outcome = match verdict {
            Verdict::Delivered => "delivered",
            Verdict::Again(_) => "again",
            Verdict::Failed => "failed",
        };
        metrics::counter!("metier_webhook_tries_total", "outcome" => outcome).increment(1);
        let one = Try { number: delivery.tries, ..tried };
        let write = self.database.write(move |tx| {
            Box::pin(async move {
                if deliveries::settle(tx, &delivery, (&one, verdict), now).await? {
                    this.note(tx, webhook, &one.answer).await?;
                }
                Ok::<_, Error>(())
            })
        });
        write.await
    }

    /// Remembers since when nothing arrives, and gives a webhook up that is gone or fails for long.
    async fn note(&self, tx: &Tx, webhook: Webhook, answer: &Answer) -> Result<(), Error> {
        if answer.is_good() {
            return Ok(webhooks::note_failing(tx, webhook.id, None).await?);
        }
        let now = self.now();
        let since = webhook.failing_since.unwrap_or(now);
        webhooks::note_failing(tx, webhook.id, Some(since)).await?;
        if answer.is_gone() {
            let ctx = self.ctx(webhook.workspace);
            return self.disable(tx, &ctx, webhook, "the receiver says that it is gone (410)").await;
        }
        if now.since(since) >= self.config.disable_after() {
            let days = self.config.disable_after_days;
            let ctx = self.ctx(webhook.workspace);
            return self
                .disable(tx, &ctx, webhook, &format!("nothing could be delivered for {days} days"))
                .await;
        }
        Ok(())
    }

    /// Sends nothing more to a webhook until somebody enables it.
    pub(super) async fn disable(&self, tx: &Tx, ctx: &Ctx, seen: Webhook, reason: &str) -> Result<(), Error> {
        let Some(before) = webhooks::get(tx, seen.id).await?.filter(|webhook| webhook.disabled_at.is_none())
        else {
            return Ok(());
        };
        let now = self.now();
        let after = Webhook {
            wish: Wish { enabled: false, ..before.wish.clone() },
            disabled_at: Some(now),
            disabled_reason: Some(reason.to_owned()),
            version: before.version + 1,
            updated_at: now,
            ..before.clone()
        };
        webhooks::update(tx, &after).await?;
        self.record(tx, ctx, (WEBHOOK_DISABLED, &after), (Some(&before.wish), Some(&after.wish))).await
    }
}
