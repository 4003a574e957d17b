//! Uploads: what is known of each. The content lies in the blob store under the id.

use metier_core::{Timestamp, UserId, WorkspaceId};
use metier_db::{Column, Rows, Tx, sql};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

/// An upload.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct UploadRow {
    /// Names it; the time is in it.
    pub id: Uuid,
    /// The name it was given, unique for its owner.
    pub name: String,
    /// The name it came with.
    pub original_name: String,
    /// Bytes.
    pub size: i64,
    /// How many items it holds.
    pub items: i64,
    /// Of its content, hexadecimal.
    pub sha256: String,
    /// When it came, microseconds.
    pub created_at: i64,
}

/// Whose uploads: nobody sees another's.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// In this workspace.
    pub workspace: WorkspaceId,
    /// This person's.
    pub owner: UserId,
}

impl Holder {
    fn values(self) -> Vec<Value> {
        vec![self.workspace.uuid().into(), self.owner.uuid().into()]
    }
}

const SELECT: &str = "SELECT id, name, original_name, size, items, sha256, created_at FROM uploads \
    WHERE workspace = $1 AND owner = $2";

/// Someone's uploads before `before`, newest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    holder: Holder,
    (before, limit): (Option<Uuid>, i64),
) -> Result<Vec<UploadRow>, DbErr> {
    let mut values = holder.values();
    values.extend([before.unwrap_or(Uuid::max()).into(), limit.into()]);
    sql::list(connection, &format!("{SELECT} AND id < $3 ORDER BY id DESC LIMIT $4"), values).await
}

/// The upload with this id or this name, if it is theirs.
///
/// # Errors
/// When the database fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    holder: Holder,
    wanted: &str,
) -> Result<Option<UploadRow>, DbErr> {
    let mut values = holder.values();
    let column = match wanted.parse::<Uuid>() {
        Ok(id) => {
            values.push(id.into());
            "id"
        }
        Err(_) => {
            values.push(wanted.into());
            "name"
        }
    };
    sql::find(connection, &format!("{SELECT} AND {column} = $3"), values).await
}

/// How much someone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Held {
    /// How many.
    pub uploads: i64,
    /// Bytes of all.
    pub bytes: i64,
}

/// How much someone has, looked at up to `limit` uploads.
///
/// # Errors
/// When the database fails.
pub async fn held(connection: &impl ConnectionTrait, holder: Holder, limit: i64) -> Result<Held, DbErr> {
    let mut values = holder.values();
    values.push(limit.into());
    let query = "SELECT count(*) AS uploads, CAST(coalesce(sum(size), 0) AS bigint) AS bytes FROM \
        (SELECT size FROM uploads WHERE workspace = $1 AND owner = $2 LIMIT $3) AS held";
    Ok(sql::find(connection, query, values).await?.unwrap_or(Held { uploads: 0, bytes: 0 }))
}

/// Writes an upload.
///
/// # Errors
/// When the database fails, or the name is taken.
pub async fn insert(tx: &Tx, holder: Holder, upload: &UploadRow) -> Result<(), DbErr> {
    let statement = "INSERT INTO uploads \
        (workspace, owner, id, name, original_name, size, items, sha256, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let mut values = holder.values();
    values.extend([
        upload.id.into(),
        upload.name.as_str().into(),
        upload.original_name.as_str().into(),
        upload.size.into(),
        upload.items.into(),
        upload.sha256.as_str().into(),
        upload.created_at.into(),
    ]);
    sql::execute(tx, statement, values).await.map(drop)
}

/// Forgets an upload. `false` when it was gone.
///
/// # Errors
/// When the database fails.
pub async fn delete(tx: &Tx, id: Uuid) -> Result<bool, DbErr> {
    Ok(sql::execute(tx, "DELETE FROM uploads WHERE id = $1", vec![id.into()]).await? > 0)
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// The ids of uploads that came before a moment, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn older(
    connection: &impl ConnectionTrait,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<Uuid>, DbErr> {
    let query = "SELECT id FROM uploads WHERE created_at < $1 ORDER BY created_at LIMIT $2";
    let rows = sql::list::<Id>(connection, query, vec![before.micros().into(), limit.into()]).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Which of these there are.
///
/// # Errors
/// When the database fails.
pub async fn known(connection: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let backend = metier_db::Backend::of(connection);
    let (source, values) = Rows::new().with("i", Column::Uuid(ids)).source(backend, 1);
    let query = format!("SELECT id FROM uploads WHERE id IN (SELECT i FROM {source})");
    Ok(sql::list::<Id>(connection, &query, values).await?.into_iter().map(|row| row.id).collect())
}
