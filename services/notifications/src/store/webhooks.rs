//! Webhooks.

use metier_contract_notifications::WebhookId;
use metier_core::{Ctx, Id, Timestamp, UserId, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult, Value},
    sql,
};
use uuid::Uuid;

use super::{from_text, to_text};
use crate::domain::webhook::{Webhook, Wish};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    workspace: Uuid,
    owner: Uuid,
    name: String,
    url: String,
    types: String,
    actor: String,
    grants: String,
    since: i64,
    failing_since: Option<i64>,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    old_secret_until: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for Webhook {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let (types, enabled) = (from_text(&row.types)?, row.disabled_at.is_none());
        Ok(Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            owner: Id::from_uuid(row.owner),
            wish: Wish { name: row.name, url: row.url, types, enabled },
            actor: from_text(&row.actor)?,
            grants: from_text(&row.grants)?,
            since: Timestamp::from_micros(row.since),
            failing_since: row.failing_since.map(Timestamp::from_micros),
            disabled_at: row.disabled_at.map(Timestamp::from_micros),
            disabled_reason: row.disabled_reason,
            old_secret_until: row.old_secret_until.map(Timestamp::from_micros),
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

const SELECT: &str = "SELECT id, workspace, owner, name, url, types, actor, grants, since, failing_since, disabled_at, \
    disabled_reason, old_secret_until, version, created_at, updated_at FROM webhooks";

/// Whose webhooks may be seen: one's own, and nobody else's.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    workspace: WorkspaceId,
    owner: UserId,
}

impl Sight {
    /// What the caller may see.
    ///
    /// # Errors
    /// When there is no person behind the caller.
    pub fn of(ctx: &Ctx) -> Result<Self, metier_core::Fault> {
        Ok(Self { workspace: ctx.workspace, owner: ctx.user()? })
    }

    fn values(self) -> Vec<Value> {
        vec![self.workspace.uuid().into(), self.owner.uuid().into()]
    }
}

/// A page of webhooks by name, one row more than its limit where there is one.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn list(
    connection: &impl ConnectionTrait,
    sight: Sight,
    (after, limit): (&str, u32),
) -> Result<Vec<Webhook>, DbErr> {
    let query = format!("{SELECT} WHERE workspace = $1 AND owner = $2 AND name > $3 ORDER BY name LIMIT $4");
    let mut values = sight.values();
    values.extend([after.into(), i64::from(limit).into()]);
    read(connection, &query, values).await
}

async fn read(
    connection: &impl ConnectionTrait,
    query: &str,
    values: Vec<Value>,
) -> Result<Vec<Webhook>, DbErr> {
    sql::list::<Row>(connection, query, values).await?.into_iter().map(Webhook::try_from).collect()
}

/// The webhook of that id or name.
pub async fn find(
    connection: &impl ConnectionTrait,
    sight: Sight,
    named: &str,
) -> Result<Option<Webhook>, DbErr> {
    let (condition, value): (_, Value) = match named.parse::<Uuid>() {
        Ok(id) => ("id = $3", id.into()),
        Err(_) => ("name = $3", named.into()),
    };
    let query = format!("{SELECT} WHERE workspace = $1 AND owner = $2 AND {condition}");
    let mut values = sight.values();
    values.push(value);
    Ok(read(connection, &query, values).await?.pop())
}

/// The webhook of that id, whoever's it is.
pub async fn get(connection: &impl ConnectionTrait, id: WebhookId) -> Result<Option<Webhook>, DbErr> {
    Ok(read(connection, &format!("{SELECT} WHERE id = $1"), vec![id.uuid().into()]).await?.pop())
}

/// All that something is sent to.
pub async fn enabled(connection: &impl ConnectionTrait) -> Result<Vec<Webhook>, DbErr> {
    read(connection, &format!("{SELECT} WHERE disabled_at IS NULL"), vec![]).await
}

/// Whether anything is sent to anybody.
pub async fn is_any_enabled(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    let query = "SELECT version FROM webhooks WHERE disabled_at IS NULL LIMIT 1";
    Ok(sql::scalar::<i64>(connection, query, vec![]).await?.is_some())
}

/// All of one person, in every workspace.
pub async fn of_owner(connection: &impl ConnectionTrait, owner: UserId) -> Result<Vec<Webhook>, DbErr> {
    read(connection, &format!("{SELECT} WHERE owner = $1"), vec![owner.uuid().into()]).await
}

/// How many somebody has.
pub async fn count(connection: &impl ConnectionTrait, sight: Sight) -> Result<i64, DbErr> {
    let query = "SELECT count(*) FROM webhooks WHERE workspace = $1 AND owner = $2";
    Ok(sql::scalar(connection, query, sight.values()).await?.unwrap_or(0))
}

fn values(webhook: &Webhook) -> Result<Vec<Value>, DbErr> {
    Ok(vec![
        webhook.id.uuid().into(),
        webhook.workspace.uuid().into(),
        webhook.owner.uuid().into(),
        webhook.wish.name.as_str().into(),
        webhook.wish.url.as_str().into(),
        to_text(&webhook.wish.types)?.into(),
        to_text(&webhook.actor)?.into(),
        to_text(&webhook.grants)?.into(),
        webhook.since.micros().into(),
        webhook.failing_since.map(Timestamp::micros).into(),
        webhook.disabled_at.map(Timestamp::micros).into(),
        webhook.disabled_reason.clone().into(),
        webhook.version.into(),
        webhook.created_at.micros().into(),
        webhook.updated_at.micros().into(),
    ])
}

/// Adds a webhook with its sealed secret.
///
/// # Errors
/// A unique violation when its owner has one of that name.
pub async fn insert(tx: &Tx, webhook: &Webhook, secret: Vec<u8>) -> Result<(), DbErr> {
    let statement = "INSERT INTO webhooks (id, workspace, owner, name, url, types, actor, grants, since, failing_since, \
                     disabled_at, disabled_reason, version, created_at, updated_at, secret) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    let mut values = values(webhook)?;
    values.push(secret.into());
    sql::execute(tx, statement, values).await.map(drop)
}

/// Replaces a webhook whose version is still one less, but for its secrets. `false` when it is not.
pub async fn update(tx: &Tx, webhook: &Webhook) -> Result<bool, DbErr> {
    let statement = "UPDATE webhooks SET workspace = $2, owner = $3, name = $4, url = $5, types = $6, actor = $7, \
                     grants = $8, since = $9, failing_since = $10, disabled_at = $11, disabled_reason = $12, version = $13, \
                     created_at = $14, updated_at = $15 WHERE id = $1 AND version = $13 - 1";
    Ok(sql::execute(tx, statement, values(webhook)?).await? == 1)
}

/// Deletes a webhook; what was to be sent to it goes with it.
pub async fn delete(tx: &Tx, id: WebhookId) -> Result<bool, DbErr> {
    let key = || vec![id.uuid().into()];
    let tries = "DELETE FROM tries WHERE delivery IN (SELECT id FROM deliveries WHERE webhook = $1)";
    sql::execute(tx, tries, key()).await?;
    sql::execute(tx, "DELETE FROM deliveries WHERE webhook = $1", key()).await?;
    Ok(sql::execute(tx, "DELETE FROM webhooks WHERE id = $1", key()).await? == 1)
}

/// Its sealed secrets: the one that holds, the one before, and until when that holds.
#[derive(Debug, FromQueryResult)]
pub struct SealedSecrets {
    /// The one that holds.
    pub secret: Vec<u8>,
    /// The one before.
    pub old_secret: Option<Vec<u8>>,
    /// Until when the one before holds, microseconds.
    pub old_secret_until: Option<i64>,
}

/// A webhook's sealed secrets.
pub async fn secrets(
    connection: &impl ConnectionTrait,
    id: WebhookId,
) -> Result<Option<SealedSecrets>, DbErr> {
    let query = "SELECT secret, old_secret, old_secret_until FROM webhooks WHERE id = $1";
    sql::find(connection, query, vec![id.uuid().into()]).await
}

/// Gives a webhook another sealed secret; the one before holds until a moment.
pub async fn rotate(tx: &Tx, id: WebhookId, secret: Vec<u8>, until: Timestamp) -> Result<(), DbErr> {
    let statement =
        "UPDATE webhooks SET old_secret = secret, old_secret_until = $3, secret = $2 WHERE id = $1";
    sql::execute(tx, statement, vec![id.uuid().into(), secret.into(), until.micros().into()]).await.map(drop)
}

/// Notes since when nothing arrives, or that something does.
pub async fn note_failing(tx: &Tx, id: WebhookId, since: Option<Timestamp>) -> Result<(), DbErr> {
    let statement = "UPDATE webhooks SET failing_since = $2 WHERE id = $1";
    sql::execute(tx, statement, vec![id.uuid().into(), since.map(Timestamp::micros).into()]).await.map(drop)
}
