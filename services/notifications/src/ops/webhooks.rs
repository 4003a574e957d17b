//! Webhooks: made, changed, given another secret and deleted by their owner.

use std::time::Duration;

use metier_contract_notifications::{
    WEBHOOKS_READ, WEBHOOKS_WRITE,
    event::{WEBHOOK_CREATED, WEBHOOK_DELETED, WEBHOOK_DISABLED, WEBHOOK_ROTATED, WEBHOOK_UPDATED},
};
use metier_core::{Ctx, Fault, Page, PageRequest, Secret};
use metier_db::{Tx, is_unique_violation, sea_orm::DbErr};

use super::Notifications;
use crate::{
    domain::{
        signature,
        webhook::{Webhook, Wish},
    },
    error::Error,
    store::{
        places,
        webhooks::{self, Sight},
    },
};

/// Most webhooks of one person.
const MOST: i64 = 500;
/// How long the secret before holds beside a new one.
const OVERLAP: Duration = Duration::from_hours(24);
const BY_OWNER: &str = "its owner disabled it";

/// A webhook with its secret, which is shown this once.
pub struct Made {
    /// The webhook.
    pub webhook: Webhook,
    /// Its secret.
    pub secret: Secret<String>,
}

impl Notifications {
    /// A page of the caller's webhooks by name.
    ///
    /// # Errors
    /// When the caller may not see them, or the cursor is none of this list.
    pub async fn list_webhooks(&self, ctx: &Ctx, page: &PageRequest) -> Result<Page<Webhook>, Error> {
        ctx.require(WEBHOOKS_READ)?;
        let after = page.after.as_ref().map(metier_core::Cursor::key::<String>).transpose()?;
        let place = (after.as_deref().unwrap_or_default(), page.limit + 1);
        let rows = webhooks::list(self.database.reader(), Sight::of(ctx)?, place).await?;
        Ok(Page::from_rows(rows, page.limit, |webhook| webhook.wish.name.clone()))
    }

    /// The caller's webhook of that id or name.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`].
    pub async fn get_webhook(&self, ctx: &Ctx, named: &str) -> Result<Webhook, Error> {
        ctx.require(WEBHOOKS_READ)?;
        let found = webhooks::find(self.database.reader(), Sight::of(ctx)?, named).await?;
        found.ok_or_else(|| Error::WebhookNotFound(named.to_owned()))
    }

    /// Makes a webhook. It hears what its owner may see, with the rights they have now.
    ///
    /// # Errors
    /// [`Error::WebhookExists`], [`Error::TooMany`], and what is wrong with the wish.
    pub async fn create_webhook(&self, ctx: &Ctx, wish: Wish) -> Result<Made, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let sight = Sight::of(ctx)?;
        self.check(&wish)?;
        let webhook = self.fresh(ctx, wish)?;
        let secret = signature::generate(&self.random);
        let (sealed, ends) = (self.seal(webhook.id, &secret)?, self.ends_before_first(&webhook).await?);
        let (this, ctx) = (self.clone(), ctx.clone());
        let inserted = self.database.write(move |tx| {
            Box::pin(async move {
                if webhooks::count(tx, sight).await? >= MOST {
                    return Err(Error::TooMany(MOST));
                }
                webhooks::insert(tx, &webhook, sealed).await.map_err(|error| taken(error, &webhook))?;
                this.skip(tx, ends).await?;
                this.record(tx, &ctx, (WEBHOOK_CREATED, &webhook), (None::<&Wish>, Some(&webhook.wish)))
                    .await?;
                Ok(webhook)
            })
        });
        Ok(Made { webhook: inserted.await?, secret })
    }

    fn fresh(&self, ctx: &Ctx, wish: Wish) -> Result<Webhook, Error> {
        let now = self.now();
        let disabled_at = (!wish.enabled).then_some(now);
        Ok(Webhook {
            id: self.random.id(now),
            workspace: ctx.workspace,
            owner: ctx.user()?,
            wish,
            actor: ctx.actor.clone(),
            grants: (*ctx.grants).clone(),
            since: now,
            failing_since: None,
            disabled_at,
            disabled_reason: disabled_at.map(|_| BY_OWNER.to_owned()),
            old_secret_until: None,
            version: 1,
            created_at: now,
            updated_at: now,
        })
    }

    fn check(&self, wish: &Wish) -> Result<(), Fault> {
        wish.check()?;
        self.sender.guard().check(&wish.url).map(drop)
    }

    /// Replaces what was decided. From then on it hears what the caller may see. One that is enabled again hears what
    /// happens from now on; what was in line is sent.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], `stale_version`, [`Error::WebhookExists`], and what is wrong with the wish.
    pub async fn update_webhook(
        &self,
        ctx: &Ctx,
        (named, version): (&str, Option<i64>),
        wish: Wish,
    ) -> Result<Webhook, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        self.check(&wish)?;
        let fresh = self.fresh(ctx, wish)?;
        let ends = self.ends_before_first(&fresh).await?;
        let (this, ctx, named) = (self.clone(), ctx.clone(), named.to_owned());
        let updated = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&named, version)).await?;
                let after = changed(&before, fresh);
                if !webhooks::update(tx, &after).await.map_err(|error| taken(error, &after))? {
                    return Err(Fault::stale_version().into());
                }
                this.skip(tx, ends).await?;
                let is_off = after.disabled_at.is_some() && before.disabled_at.is_none();
                let kind = if is_off { WEBHOOK_DISABLED } else { WEBHOOK_UPDATED };
                this.record(tx, &ctx, (kind, &after), (Some(&before.wish), Some(&after.wish))).await?;
                Ok(after)
            })
        });
        updated.await
    }

    /// Gives a webhook another secret. The one before signs beside it for a day.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`].
    pub async fn rotate_secret(&self, ctx: &Ctx, named: &str) -> Result<Made, Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let webhook = self.get_webhook(ctx, named).await?;
        let secret = signature::generate(&self.random);
        let (sealed, until) = (self.seal(webhook.id, &secret)?, self.now().plus(OVERLAP));
        let (this, ctx) = (self.clone(), ctx.clone());
        let rotated = self.database.write(move |tx| {
            Box::pin(async move {
                webhooks::rotate(tx, webhook.id, sealed, until).await?;
                this.record(tx, &ctx, (WEBHOOK_ROTATED, &webhook), (None::<&Wish>, None::<&Wish>)).await?;
                Ok::<_, Error>(Webhook { old_secret_until: Some(until), ..webhook })
            })
        });
        Ok(Made { webhook: rotated.await?, secret })
    }

    /// Deletes a webhook with everything that was delivered to it.
    ///
    /// # Errors
    /// [`Error::WebhookNotFound`], `stale_version`.
    pub async fn delete_webhook(&self, ctx: &Ctx, named: &str, version: Option<i64>) -> Result<(), Error> {
        ctx.require(WEBHOOKS_WRITE)?;
        let (this, ctx, named) = (self.clone(), ctx.clone(), named.to_owned());
        let deleted = self.database.write(move |tx| {
            Box::pin(async move {
                let before = unchanged(tx, &ctx, (&named, version)).await?;
                webhooks::delete(tx, before.id).await?;
                this.record(tx, &ctx, (WEBHOOK_DELETED, &before), (Some(&before.wish), None::<&Wish>)).await
            })
        });
        deleted.await
    }

    /// Where logs end, when nobody hears anything yet and this one shall.
    async fn ends_before_first(&self, webhook: &Webhook) -> Result<Vec<(&'static str, i64)>, Error> {
        if !webhook.wish.enabled || webhooks::is_any_enabled(self.database.reader()).await? {
            return Ok(Vec::new());
        }
        Ok(self.ends().await)
    }

    /// Passes over what nobody wanted to hear.
    async fn skip(&self, tx: &Tx, ends: Vec<(&'static str, i64)>) -> Result<(), DbErr> {
        for (publisher, end) in ends {
            places::skip_to(tx, publisher, end, self.now()).await?;
        }
        Ok(())
    }
}

/// A webhook with what was decided anew.
fn changed(before: &Webhook, fresh: Webhook) -> Webhook {
    let comes_back = before.disabled_at.is_some() && fresh.disabled_at.is_none();
    let stays_off = before.disabled_at.is_some() && fresh.disabled_at.is_some();
    Webhook {
        id: before.id,
        since: if comes_back { fresh.since } else { before.since },
        failing_since: if comes_back { None } else { before.failing_since },
        disabled_at: if stays_off { before.disabled_at } else { fresh.disabled_at },
        disabled_reason: if stays_off {
            before.disabled_reason.clone()
        } else {
            fresh.disabled_reason.clone()
        },
        old_secret_until: before.old_secret_until,
        version: before.version + 1,
        created_at: before.created_at,
        ..fresh
    }
}

async fn unchanged(tx: &Tx, ctx: &Ctx, (named, version): (&str, Option<i64>)) -> Result<Webhook, Error> {
    let found = webhooks::find(tx, Sight::of(ctx)?, named).await?;
    let webhook = found.ok_or_else(|| Error::WebhookNotFound(named.to_owned()))?;
    if version.is_some_and(|version| version != webhook.version) {
        return Err(Fault::stale_version().into());
    }
    Ok(webhook)
}

fn taken(error: DbErr, webhook: &Webhook) -> Error {
    if is_unique_violation(&error) { Error::WebhookExists(webhook.wish.name.clone()) } else { error.into() }
}
