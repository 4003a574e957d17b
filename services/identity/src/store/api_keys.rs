//! API keys. The secret is kept as its hash only.

use metier_auth::ApiKeyDigest;
use metier_core::{ApiKeyId, Id, Timestamp, UserId, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};
use uuid::Uuid;

use super::{damaged, read_grants, read_names, write_grants, write_names};
use crate::domain::api_key::ApiKeyRecord;

const SELECT: &str = "SELECT id, workspace, user_id, prefix, secret_hash, name, grants, kinds, queues, created_at, \
                      expires_at, last_used_at, revoked_at FROM api_keys";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    workspace: Uuid,
    user_id: Uuid,
    prefix: String,
    secret_hash: Vec<u8>,
    name: String,
    grants: String,
    kinds: String,
    queues: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_used_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for ApiKeyRecord {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            user: Id::from_uuid(row.user_id),
            prefix: row.prefix,
            name: row.name,
            grants: read_grants(&row.grants)?,
            kinds: read_names(&row.kinds)?,
            queues: read_names(&row.queues)?,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

/// Whose keys a list shows.
#[derive(Clone, Copy, Debug)]
pub enum Owners {
    /// One person's.
    One(UserId),
    /// Everyone's in the workspace.
    All(WorkspaceId),
}

/// A key by id, wherever it belongs.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn find(connection: &impl ConnectionTrait, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, DbErr> {
    let query = format!("{SELECT} WHERE id = $1");
    let row = sql::find::<Row>(connection, &query, vec![id.uuid().into()]).await?;
    row.map(ApiKeyRecord::try_from).transpose()
}

/// A key by its prefix, with what is kept of its secret.
pub async fn find_by_prefix(
    connection: &impl ConnectionTrait,
    prefix: &str,
) -> Result<Option<(ApiKeyRecord, ApiKeyDigest)>, DbErr> {
    let query = format!("{SELECT} WHERE prefix = $1");
    let Some(row) = sql::find::<Row>(connection, &query, vec![prefix.into()]).await? else { return Ok(None) };
    let digest = ApiKeyDigest::from_bytes(&row.secret_hash).ok_or_else(|| damaged("hash of an API key"))?;
    Ok(Some((row.try_into()?, digest)))
}

/// A page of keys, oldest first, one row more than `limit` where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    owners: Owners,
    (after, limit): (Option<ApiKeyId>, u32),
) -> Result<Vec<ApiKeyRecord>, DbErr> {
    let (column, owner) = match owners {
        Owners::One(user) => ("user_id", user.uuid()),
        Owners::All(workspace) => ("workspace", workspace.uuid()),
    };
    let query = format!("{SELECT} WHERE {column} = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or(Uuid::nil(), Id::uuid);
    let values = vec![owner.into(), after.into(), (i64::from(limit) + 1).into()];
    sql::list::<Row>(connection, &query, values).await?.into_iter().map(ApiKeyRecord::try_from).collect()
}

/// How many keys of a person may still be used.
pub async fn count_usable(tx: &Tx, user: UserId, now: Timestamp) -> Result<i64, DbErr> {
    let query = "SELECT count(*) FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL \
                 AND (expires_at IS NULL OR expires_at > $2)";
    Ok(sql::scalar(tx, query, vec![user.uuid().into(), now.micros().into()]).await?.unwrap_or(0))
}

/// Adds a key.
pub async fn insert(tx: &Tx, key: &ApiKeyRecord, digest: &ApiKeyDigest) -> Result<(), DbErr> {
    let statement = "INSERT INTO api_keys (id, workspace, user_id, prefix, secret_hash, name, grants, kinds, queues, \
                     created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = vec![
        key.id.uuid().into(),
        key.workspace.uuid().into(),
        key.user.uuid().into(),
        key.prefix.clone().into(),
        digest.as_bytes().to_vec().into(),
        key.name.clone().into(),
        write_grants(&key.grants).into(),
        write_names(&key.kinds).into(),
        write_names(&key.queues).into(),
        key.created_at.micros().into(),
        key.expires_at.map(Timestamp::micros).into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Revokes a key. `false` when it was revoked before.
pub async fn revoke(tx: &Tx, id: ApiKeyId, now: Timestamp) -> Result<bool, DbErr> {
    let statement = "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    Ok(sql::execute(tx, statement, vec![now.micros().into(), id.uuid().into()]).await? == 1)
}

/// Notes that a key was used.
pub async fn touch(tx: &Tx, id: ApiKeyId, now: Timestamp) -> Result<(), DbErr> {
    let statement = "UPDATE api_keys SET last_used_at = $1 WHERE id = $2";
    sql::execute(tx, statement, vec![now.micros().into(), id.uuid().into()]).await.map(drop)
}
