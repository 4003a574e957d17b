//! The one-time token of the first start.

use metier_core::Timestamp;
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};

use super::read_hash;
use crate::domain::token::{Hash, SetupToken};

#[derive(FromQueryResult)]
struct Row {
    token_hash: Vec<u8>,
    used_at: Option<i64>,
}

/// Keeps this token in place of an earlier one that was not used. `false` when one was used.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn keep(tx: &Tx, token: &SetupToken, now: Timestamp) -> Result<bool, DbErr> {
    let statement = "INSERT INTO setup (id, token_hash, created_at) VALUES (1, $1, $2) \
                     ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at \
                     WHERE setup.used_at IS NULL";
    let values = vec![token.hash().to_vec().into(), now.micros().into()];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// The hash of the token that may still be used.
pub async fn find_unused(connection: &impl ConnectionTrait) -> Result<Option<Hash>, DbErr> {
    let row =
        sql::find::<Row>(connection, "SELECT token_hash, used_at FROM setup WHERE id = 1", vec![]).await?;
    row.filter(|row| row.used_at.is_none()).map(|row| read_hash(&row.token_hash)).transpose()
}

/// Notes that the token was used.
pub async fn mark_used(tx: &Tx, now: Timestamp) -> Result<(), DbErr> {
    sql::execute(tx, "UPDATE setup SET used_at = $1 WHERE id = 1", vec![now.micros().into()]).await.map(drop)
}

/// Forgets a token that was not used.
pub async fn forget_unused(tx: &Tx) -> Result<(), DbErr> {
    sql::execute(tx, "DELETE FROM setup WHERE used_at IS NULL", vec![]).await.map(drop)
}
