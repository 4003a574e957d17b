//! Calendars.

use metier_core::{Id, Timestamp, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult, Value},
    sql,
};
use uuid::Uuid;

use super::{from_text, to_text};
use crate::domain::calendar::Calendar;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    workspace: Uuid,
    name: String,
    zone: String,
    windows: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for Calendar {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            workspace: Id::from_uuid(row.workspace),
            name: row.name,
            zone: row.zone,
            windows: from_text(&row.windows)?,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

const SELECT: &str =
    "SELECT id, workspace, name, zone, windows, version, created_at, updated_at FROM calendars";

/// A page of calendars by name, one row more than its limit where there is one.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (&str, u32),
) -> Result<Vec<Calendar>, DbErr> {
    let query = format!("{SELECT} WHERE workspace = $1 AND name > $2 ORDER BY name LIMIT $3");
    let values = vec![workspace.uuid().into(), after.into(), i64::from(limit).into()];
    let rows = sql::list::<Row>(connection, &query, values).await?;
    rows.into_iter().map(Calendar::try_from).collect()
}

/// The calendar of that name.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Calendar>, DbErr> {
    let query = format!("{SELECT} WHERE workspace = $1 AND name = $2");
    let row = sql::find::<Row>(connection, &query, vec![workspace.uuid().into(), name.into()]).await?;
    row.map(Calendar::try_from).transpose()
}

/// Those of these names that there are.
pub async fn named(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    names: &[String],
) -> Result<Vec<Calendar>, DbErr> {
    let mut found = Vec::new();
    for name in names {
        found.extend(find(connection, workspace, name).await?);
    }
    Ok(found)
}

fn values(calendar: &Calendar) -> Result<Vec<Value>, DbErr> {
    Ok(vec![
        calendar.id.uuid().into(),
        calendar.workspace.uuid().into(),
        calendar.name.as_str().into(),
        calendar.zone.as_str().into(),
        to_text(&calendar.windows)?.into(),
        calendar.version.into(),
        calendar.created_at.micros().into(),
        calendar.updated_at.micros().into(),
    ])
}

/// Adds a calendar.
///
/// # Errors
/// A unique violation when the workspace has one of that name.
pub async fn insert(tx: &Tx, calendar: &Calendar) -> Result<(), DbErr> {
    let statement = "INSERT INTO calendars (id, workspace, name, zone, windows, version, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sql::execute(tx, statement, values(calendar)?).await.map(drop)
}

/// Replaces a calendar whose version is still one less. `false` when it is not.
pub async fn update(tx: &Tx, calendar: &Calendar) -> Result<bool, DbErr> {
    let statement = "UPDATE calendars SET workspace = $2, name = $3, zone = $4, windows = $5, version = $6, \
                     created_at = $7, updated_at = $8 WHERE id = $1 AND version = $6 - 1";
    Ok(sql::execute(tx, statement, values(calendar)?).await? == 1)
}

/// Deletes a calendar that still has this version. `false` when it has not.
pub async fn delete(tx: &Tx, calendar: &Calendar) -> Result<bool, DbErr> {
    let statement = "DELETE FROM calendars WHERE id = $1 AND version = $2";
    let values = vec![calendar.id.uuid().into(), calendar.version.into()];
    Ok(sql::execute(tx, statement, values).await? == 1)
}
