//! Deliveries and their tries.

use std::time::Duration;

use metier_contract_notifications::{DeliveryId, WebhookId};
use metier_core::{Id, Timestamp};
use metier_db::{
    Backend, Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult, Value},
    sql,
};
use uuid::Uuid;

use crate::domain::delivery::{Answer, Delivery, Try, Verdict};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    webhook: Uuid,
    event: String,
    kind: String,
    body: String,
    state: String,
    tries: i64,
    pending_tries: i64,
    pending_since: i64,
    try_at: Option<i64>,
    created_at: i64,
    settled_at: Option<i64>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            webhook: Id::from_uuid(row.webhook),
            event: row.event,
            kind: row.kind,
            body: row.body,
            state: row.state,
            tries: row.tries,
            pending_tries: row.pending_tries,
            pending_since: Timestamp::from_micros(row.pending_since),
            try_at: row.try_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            settled_at: row.settled_at.map(Timestamp::from_micros),
        }
    }
}

const COLUMNS: &str = "deliveries.id, deliveries.webhook, deliveries.event, deliveries.type AS kind, deliveries.body, \
    deliveries.state, deliveries.tries, deliveries.pending_tries, deliveries.pending_since, deliveries.try_at, \
    deliveries.created_at, deliveries.settled_at";

async fn read(
    connection: &impl ConnectionTrait,
    query: &str,
    values: Vec<Value>,
) -> Result<Vec<Delivery>, DbErr> {
    Ok(sql::list::<Row>(connection, query, values).await?.into_iter().map(Delivery::from).collect())
}

/// Puts an event in line for a webhook, unless it was already.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn insert(tx: &Tx, delivery: &Delivery) -> Result<(), DbErr> {
    let statement = "INSERT INTO deliveries (id, webhook, event, type, body, state, tries, pending_tries, pending_since, try_at, created_at) \
                     VALUES ($1, $2, $3, $4, $5, 'waiting', 0, 0, $6, $6, $6) ON CONFLICT (webhook, event) DO NOTHING";
    let values = vec![
        delivery.id.uuid().into(),
        delivery.webhook.uuid().into(),
        delivery.event.as_str().into(),
        delivery.kind.as_str().into(),
        delivery.body.as_str().into(),
        delivery.created_at.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Takes what is due, for so long: whoever took it and is lost is followed by another.
pub async fn take_due(tx: &Tx, now: Timestamp, lease: Duration, limit: i64) -> Result<Vec<Delivery>, DbErr> {
    let lock = if tx.backend() == Backend::Postgres { "FOR UPDATE OF deliveries SKIP LOCKED" } else { "" };
    let query = format!(
        "SELECT {COLUMNS} FROM deliveries JOIN webhooks ON webhooks.id = deliveries.webhook \
         WHERE deliveries.try_at <= $1 AND webhooks.disabled_at IS NULL ORDER BY deliveries.try_at LIMIT $2 {lock}"
    );
    let mut due = read(tx, &query, vec![now.micros().into(), limit.into()]).await?;
    for delivery in &mut due {
        let statement = "UPDATE deliveries SET try_at = $2, tries = tries + 1, pending_tries = pending_tries + 1 WHERE id = $1";
        let until = now.plus(lease).micros();
        sql::execute(tx, statement, vec![delivery.id.uuid().into(), until.into()]).await?;
        delivery.tries += 1;
        delivery.pending_tries += 1;
    }
    Ok(due)
}

/// When something is due again.
pub async fn next_due(connection: &impl ConnectionTrait) -> Result<Option<Timestamp>, DbErr> {
    let query = "SELECT min(deliveries.try_at) FROM deliveries JOIN webhooks ON webhooks.id = deliveries.webhook \
                 WHERE deliveries.try_at IS NOT NULL AND webhooks.disabled_at IS NULL";
    Ok(sql::scalar::<Option<i64>>(connection, query, vec![]).await?.flatten().map(Timestamp::from_micros))
}

/// Writes down a try and what becomes of its delivery. Nothing when another try of it has begun since.
pub async fn settle(
    tx: &Tx,
    delivery: &Delivery,
    (one, verdict): (&Try, Verdict),
    now: Timestamp,
) -> Result<bool, DbErr> {
    let (state, try_at) = match verdict {
        Verdict::Delivered => ("delivered", None),
        Verdict::Failed => ("failed", None),
        Verdict::Again(at) => ("waiting", Some(at)),
    };
    let settled_at = try_at.is_none().then_some(now);
    let statement =
        "UPDATE deliveries SET state = $3, try_at = $4, settled_at = $5 WHERE id = $1 AND tries = $2";
    let values = vec![
        delivery.id.uuid().into(),
        delivery.tries.into(),
        state.into(),
        try_at.map(Timestamp::micros).into(),
        settled_at.map(Timestamp::micros).into(),
    ];
    if sql::execute(tx, statement, values).await? == 0 {
        return Ok(false);
    }
    insert_try(tx, delivery.id, one).await?;
    Ok(true)
}

async fn insert_try(tx: &Tx, delivery: DeliveryId, one: &Try) -> Result<(), DbErr> {
    let statement = "INSERT INTO tries (delivery, number, tried_at, took_ms, status, error, excerpt) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let answer = &one.answer;
    let values = vec![
        delivery.uuid().into(),
        one.number.into(),
        one.tried_at.micros().into(),
        i64::try_from(answer.took.as_millis()).unwrap_or(i64::MAX).into(),
        answer.status.map(i64::from).into(),
        answer.error.clone().into(),
        answer.excerpt.clone().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// A page of a webhook's deliveries, the newest first, one row more than the limit where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    webhook: WebhookId,
    state: Option<&str>,
    (before, limit): (Uuid, u32),
) -> Result<Vec<Delivery>, DbErr> {
    let query = format!(
        "SELECT {COLUMNS} FROM deliveries WHERE webhook = $1 AND id < $2 AND ($3 = '' OR state = $3) ORDER BY id DESC LIMIT $4"
    );
    let state = state.unwrap_or_default();
    read(
        connection,
        &query,
        vec![webhook.uuid().into(), before.into(), state.into(), i64::from(limit).into()],
    )
    .await
}

/// One delivery of a webhook.
pub async fn find(
    connection: &impl ConnectionTrait,
    webhook: WebhookId,
    id: Uuid,
) -> Result<Option<Delivery>, DbErr> {
    let query = format!("SELECT {COLUMNS} FROM deliveries WHERE webhook = $1 AND id = $2");
    Ok(read(connection, &query, vec![webhook.uuid().into(), id.into()]).await?.pop())
}

/// A delivery's tries, the first first.
pub async fn tries(connection: &impl ConnectionTrait, id: DeliveryId) -> Result<Vec<Try>, DbErr> {
    #[derive(FromQueryResult)]
    struct TryRow {
        number: i64,
        tried_at: i64,
        took_ms: i64,
        status: Option<i64>,
        error: Option<String>,
        excerpt: Option<String>,
    }
    let query = "SELECT number, tried_at, took_ms, status, error, excerpt FROM tries WHERE delivery = $1 ORDER BY number";
    let rows = sql::list::<TryRow>(connection, query, vec![id.uuid().into()]).await?;
    let read = |row: TryRow| Try {
        number: row.number,
        tried_at: Timestamp::from_micros(row.tried_at),
        answer: Answer {
            status: row.status.and_then(|status| u16::try_from(status).ok()),
            error: row.error,
            excerpt: row.excerpt,
            took: Duration::from_millis(u64::try_from(row.took_ms).unwrap_or(0)),
        },
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Which deliveries are sent again.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// Those of this webhook.
    pub webhook: WebhookId,
    /// One of them alone.
    pub delivery: Option<Uuid>,
    /// Made at or after, and before.
    pub made: (Timestamp, Timestamp),
    /// In this state.
    pub state: Option<&'a str>,
}

/// Puts settled deliveries in line again, at most so many. Answers how many.
pub async fn replay(tx: &Tx, again: Again<'_>, (now, limit): (Timestamp, i64)) -> Result<u64, DbErr> {
    let statement = "UPDATE deliveries SET state = 'waiting', try_at = $2, pending_since = $2, pending_tries = 0, settled_at = NULL \
                     WHERE id IN (SELECT id FROM deliveries WHERE webhook = $1 AND state <> 'waiting' AND created_at >= $3 AND created_at < $4 \
                     AND ($5 = '' OR state = $5) AND (id = $6 OR $7 = 0) ORDER BY id LIMIT $8)";
    let (from, until) = again.made;
    let values = vec![
        again.webhook.uuid().into(),
        now.micros().into(),
        from.micros().into(),
        until.micros().into(),
        again.state.unwrap_or_default().into(),
        again.delivery.unwrap_or_default().into(),
        i64::from(again.delivery.is_some()).into(),
        limit.into(),
    ];
    sql::execute(tx, statement, values).await
}

/// Forgets settled deliveries made before a moment, and their tries. Answers how many.
pub async fn forget(tx: &Tx, before: Timestamp, limit: i64) -> Result<u64, DbErr> {
    let old = "SELECT id FROM deliveries WHERE created_at < $1 AND state <> 'waiting' ORDER BY created_at, id LIMIT $2";
    let values = || vec![before.micros().into(), limit.into()];
    sql::execute(tx, &format!("DELETE FROM tries WHERE delivery IN ({old})"), values()).await?;
    sql::execute(tx, &format!("DELETE FROM deliveries WHERE id IN ({old})"), values()).await
}
