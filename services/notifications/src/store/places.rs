//! How far the logs of others were read: rows of the platform's own table `inbox`.

use metier_core::Timestamp;
use metier_db::{
    Tx,
    sea_orm::{ConnectionTrait, DbErr},
    sql,
};

const READER: &str = "webhooks";

/// The position in a publisher's log that was dealt with.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn get(connection: &impl ConnectionTrait, publisher: &str) -> Result<i64, DbErr> {
    let query = "SELECT position FROM inbox WHERE publisher = $1 AND consumer = $2";
    Ok(sql::scalar(connection, query, vec![publisher.into(), READER.into()]).await?.unwrap_or(0))
}

/// Moves on from `before`. `false` when another replica did so already.
pub async fn advance(
    tx: &Tx,
    publisher: &str,
    (before, position): (i64, i64),
    now: Timestamp,
) -> Result<bool, DbErr> {
    let statement = "INSERT INTO inbox (publisher, consumer, position, updated_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (publisher, consumer) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at \
                     WHERE inbox.position = $5";
    let values = vec![publisher.into(), READER.into(), position.into(), now.micros().into(), before.into()];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Moves to this position unless that is behind.
pub async fn skip_to(tx: &Tx, publisher: &str, position: i64, now: Timestamp) -> Result<(), DbErr> {
    let statement = "INSERT INTO inbox (publisher, consumer, position, updated_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (publisher, consumer) DO UPDATE SET position = excluded.position, updated_at = excluded.updated_at \
                     WHERE inbox.position < excluded.position";
    let values = vec![publisher.into(), READER.into(), position.into(), now.micros().into()];
    sql::execute(tx, statement, values).await.map(drop)
}
