//! Signed-in devices and their refresh tokens.

use metier_core::{Id, SessionId, Timestamp, UserId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};
use uuid::Uuid;

use super::read_hash;
use crate::domain::{
    session::{EndReason, Session},
    token::{DeviceId, Hash, RefreshToken},
};

const SELECT: &str = "SELECT id, user_id, label, address, created_at, last_used_at, expires_at FROM sessions";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    label: Option<String>,
    address: Option<String>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        Self {
            id: Id::from_uuid(row.id),
            user: Id::from_uuid(row.user_id),
            label: row.label,
            address: row.address,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: Timestamp::from_micros(row.last_used_at),
            expires_at: Timestamp::from_micros(row.expires_at),
        }
    }
}

/// What is needed to exchange a refresh token.
pub struct Refreshable {
    /// Whose session.
    pub user: UserId,
    /// What all its tokens share.
    pub family: Hash,
    /// The one token that may be exchanged.
    pub secret: Hash,
    /// How often it was exchanged.
    pub rotation: i64,
    /// When the session began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Whether it was ended.
    pub ended: bool,
}

#[derive(FromQueryResult)]
struct RefreshableRow {
    user_id: Uuid,
    family_hash: Vec<u8>,
    refresh_hash: Vec<u8>,
    rotation: i64,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
}

/// Begins a session.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn insert(tx: &Tx, session: &Session, device: DeviceId, token: &RefreshToken) -> Result<(), DbErr> {
    let statement = "INSERT INTO sessions (id, user_id, device_id, family_hash, refresh_hash, rotation, label, address, \
                     created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10)";
    let values = vec![
        session.id.uuid().into(),
        session.user.uuid().into(),
        device.uuid().into(),
        token.family_hash().to_vec().into(),
        token.secret_hash().to_vec().into(),
        session.label.clone().into(),
        session.address.clone().into(),
        session.created_at.micros().into(),
        session.last_used_at.micros().into(),
        session.expires_at.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// The session of a refresh token, ended or not.
pub async fn find_refreshable(tx: &Tx, id: SessionId) -> Result<Option<Refreshable>, DbErr> {
    let query = "SELECT user_id, family_hash, refresh_hash, rotation, created_at, expires_at, ended_at \
                 FROM sessions WHERE id = $1";
    let Some(row) = sql::find::<RefreshableRow>(tx, query, vec![id.uuid().into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Refreshable {
        user: Id::from_uuid(row.user_id),
        family: read_hash(&row.family_hash)?,
        secret: read_hash(&row.refresh_hash)?,
        rotation: row.rotation,
        created_at: Timestamp::from_micros(row.created_at),
        expires_at: Timestamp::from_micros(row.expires_at),
        ended: row.ended_at.is_some(),
    }))
}

/// Replaces the refresh token that was exchanged `rotation` times before. `false` when another request was
/// faster: then the token came twice.
pub async fn rotate(
    tx: &Tx,
    next: &RefreshToken,
    rotation: i64,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<bool, DbErr> {
    let statement = "UPDATE sessions SET refresh_hash = $1, rotation = $2, last_used_at = $3, expires_at = $4 \
                     WHERE id = $5 AND rotation = $6 AND ended_at IS NULL";
    let values = vec![
        next.secret_hash().to_vec().into(),
        (rotation + 1).into(),
        now.micros().into(),
        expires_at.micros().into(),
        next.session.uuid().into(),
        rotation.into(),
    ];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// A living session of somebody.
pub async fn find_live(
    connection: &impl ConnectionTrait,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<Option<Session>, DbErr> {
    let query = format!("{SELECT} WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3");
    let values = vec![id.uuid().into(), user.uuid().into(), now.micros().into()];
    Ok(sql::find::<Row>(connection, &query, values).await?.map(Session::from))
}

/// A page of somebody's living sessions, oldest first, one row more than `limit` where there is one.
pub async fn list_live(
    connection: &impl ConnectionTrait,
    user: UserId,
    (after, limit): (Option<SessionId>, u32),
    now: Timestamp,
) -> Result<Vec<Session>, DbErr> {
    let query = format!(
        "{SELECT} WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 AND id > $3 ORDER BY id LIMIT $4"
    );
    let after = after.map_or(Uuid::nil(), Id::uuid);
    let values = vec![user.uuid().into(), now.micros().into(), after.into(), (i64::from(limit) + 1).into()];
    Ok(sql::list::<Row>(connection, &query, values).await?.into_iter().map(Session::from).collect())
}

/// Ends one session. `false` when it has ended before.
pub async fn end(tx: &Tx, id: SessionId, reason: EndReason, now: Timestamp) -> Result<bool, DbErr> {
    let statement = "UPDATE sessions SET ended_at = $1, end_reason = $2 WHERE id = $3 AND ended_at IS NULL";
    let values = vec![now.micros().into(), reason.name().into(), id.uuid().into()];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Ends all sessions of somebody but `except`. Answers how many.
pub async fn end_all(
    tx: &Tx,
    user: UserId,
    except: Option<SessionId>,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64, DbErr> {
    let statement = "UPDATE sessions SET ended_at = $1, end_reason = $2 \
                     WHERE user_id = $3 AND id <> $4 AND ended_at IS NULL";
    let except = except.map_or(Uuid::nil(), Id::uuid);
    let values = vec![now.micros().into(), reason.name().into(), user.uuid().into(), except.into()];
    sql::execute(tx, statement, values).await
}

/// Whether somebody signed in from this address since then.
pub async fn came_from(
    connection: &impl ConnectionTrait,
    user: UserId,
    address: &str,
    since: Timestamp,
) -> Result<bool, DbErr> {
    let query =
        "SELECT rotation FROM sessions WHERE user_id = $1 AND address = $2 AND created_at > $3 LIMIT 1";
    let values = vec![user.uuid().into(), address.into(), since.micros().into()];
    Ok(sql::scalar::<i64>(connection, query, values).await?.is_some())
}

/// Forgets at most `limit` sessions whose time was over before `before`. Answers how many.
pub async fn forget_before(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, DbErr> {
    let statement = "DELETE FROM sessions WHERE id IN \
                     (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    sql::execute(tx, statement, vec![before.micros().into(), i64::from(limit).into()]).await
}
