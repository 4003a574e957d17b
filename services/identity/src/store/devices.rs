//! Devices on which people signed in before.

use metier_core::{Timestamp, UserId};
use metier_db::{
    Tx,
    sea_orm::{ConnectionTrait, DbErr},
    sql,
};

use super::read_hash;
use crate::domain::token::{DeviceId, DeviceToken};

/// Whether the token is that of a device of this person.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn is_known(
    connection: &impl ConnectionTrait,
    user: UserId,
    token: &DeviceToken,
) -> Result<bool, DbErr> {
    let query = "SELECT secret_hash FROM devices WHERE id = $1 AND user_id = $2";
    let values = vec![token.device.uuid().into(), user.uuid().into()];
    let hash = sql::scalar::<Vec<u8>>(connection, query, values).await?;
    Ok(hash.map(|hash| read_hash(&hash)).transpose()?.is_some_and(|hash| hash.matches(&token.hash())))
}

/// Remembers a device.
pub async fn insert(tx: &Tx, user: UserId, token: &DeviceToken, now: Timestamp) -> Result<(), DbErr> {
    let statement = "INSERT INTO devices (id, user_id, secret_hash, created_at, last_used_at) VALUES ($1, $2, $3, $4, $4)";
    let values = vec![
        token.device.uuid().into(),
        user.uuid().into(),
        token.hash().to_vec().into(),
        now.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Notes that a device was used. `false` when it was forgotten in the meantime.
pub async fn touch(tx: &Tx, device: DeviceId, now: Timestamp) -> Result<bool, DbErr> {
    let statement = "UPDATE devices SET last_used_at = $1 WHERE id = $2";
    Ok(sql::execute(tx, statement, vec![now.micros().into(), device.uuid().into()]).await? == 1)
}

/// Forgets every device of a person.
pub async fn forget_of(tx: &Tx, user: UserId) -> Result<(), DbErr> {
    sql::execute(tx, "DELETE FROM devices WHERE user_id = $1", vec![user.uuid().into()]).await.map(drop)
}

/// Forgets at most `limit` devices that were last used before `before`. Answers how many.
pub async fn forget_before(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, DbErr> {
    let statement = "DELETE FROM devices WHERE id IN \
                     (SELECT id FROM devices WHERE last_used_at < $1 ORDER BY last_used_at LIMIT $2)";
    sql::execute(tx, statement, vec![before.micros().into(), i64::from(limit).into()]).await
}
