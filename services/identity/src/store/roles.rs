//! Roles that workspaces made.

use metier_core::{Id, Timestamp, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};
use uuid::Uuid;

use super::{read_grants, write_grants};
use crate::domain::role::CustomRole;

const SELECT: &str =
    "SELECT workspace, name, description, grants, version, created_at, updated_at FROM roles";

#[derive(FromQueryResult)]
struct Row {
    workspace: Uuid,
    name: String,
    description: String,
    grants: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for CustomRole {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        Ok(Self {
            workspace: Id::from_uuid(row.workspace),
            grants: read_grants(&row.grants)?,
            name: row.name,
            description: row.description,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// A role by name.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn find(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<CustomRole>, DbErr> {
    let query = format!("{SELECT} WHERE workspace = $1 AND name = $2");
    let row = sql::find::<Row>(connection, &query, vec![workspace.uuid().into(), name.into()]).await?;
    row.map(CustomRole::try_from).transpose()
}

/// A page of roles by name, one row more than `limit` where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (after, limit): (&str, u32),
) -> Result<Vec<CustomRole>, DbErr> {
    let query = format!("{SELECT} WHERE workspace = $1 AND name > $2 ORDER BY name LIMIT $3");
    let values = vec![workspace.uuid().into(), after.into(), (i64::from(limit) + 1).into()];
    sql::list::<Row>(connection, &query, values).await?.into_iter().map(CustomRole::try_from).collect()
}

/// Adds a role.
///
/// # Errors
/// A unique violation when the workspace has one of that name.
pub async fn insert(tx: &Tx, role: &CustomRole) -> Result<(), DbErr> {
    let statement = "INSERT INTO roles (workspace, name, description, grants, version, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        role.workspace.uuid().into(),
        role.name.clone().into(),
        role.description.clone().into(),
        write_grants(&role.grants).into(),
        role.version.into(),
        role.created_at.micros().into(),
        role.updated_at.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Replaces a role whose version is still one less than `role.version`. `false` when it is not.
pub async fn update(tx: &Tx, role: &CustomRole) -> Result<bool, DbErr> {
    let statement = "UPDATE roles SET description = $1, grants = $2, version = $3, updated_at = $4 \
                     WHERE workspace = $5 AND name = $6 AND version = $7";
    let values = vec![
        role.description.clone().into(),
        write_grants(&role.grants).into(),
        role.version.into(),
        role.updated_at.micros().into(),
        role.workspace.uuid().into(),
        role.name.clone().into(),
        (role.version - 1).into(),
    ];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Keeps others from giving the role to somebody or deleting it until the transaction ends. `false` when it
/// is gone already.
pub async fn lock(tx: &Tx, workspace: WorkspaceId, name: &str) -> Result<bool, DbErr> {
    let statement = "UPDATE roles SET name = name WHERE workspace = $1 AND name = $2";
    Ok(sql::execute(tx, statement, vec![workspace.uuid().into(), name.into()]).await? == 1)
}

/// Whether somebody has the role.
pub async fn is_used(tx: &Tx, workspace: WorkspaceId, name: &str) -> Result<bool, DbErr> {
    let query = "SELECT number FROM users WHERE workspace = $1 AND role = $2 LIMIT 1";
    Ok(sql::scalar::<i64>(tx, query, vec![workspace.uuid().into(), name.into()]).await?.is_some())
}

/// Deletes a role.
pub async fn delete(tx: &Tx, workspace: WorkspaceId, name: &str) -> Result<(), DbErr> {
    let statement = "DELETE FROM roles WHERE workspace = $1 AND name = $2";
    sql::execute(tx, statement, vec![workspace.uuid().into(), name.into()]).await.map(drop)
}
