//! What services declared last.

use metier_core::WorkspaceId;
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Declaration {
    /// Hash of what was declared.
    pub fingerprint: String,
    /// The version the schedule had then.
    pub version: i64,
}

/// What was declared under this name.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn find(
    connection: &impl ConnectionTrait,
    (workspace, name): (WorkspaceId, &str),
) -> Result<Option<Declaration>, DbErr> {
    let query = "SELECT fingerprint, version FROM declarations WHERE workspace = $1 AND name = $2";
    sql::find(connection, query, vec![workspace.uuid().into(), name.into()]).await
}

/// The names under which something is declared, in order.
pub async fn names(connection: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<Vec<String>, DbErr> {
    #[derive(FromQueryResult)]
    struct Row {
        name: String,
    }
    let query = "SELECT name FROM declarations WHERE workspace = $1 ORDER BY name";
    let rows = sql::list::<Row>(connection, query, vec![workspace.uuid().into()]).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Keeps a declaration.
pub async fn keep(
    tx: &Tx,
    (workspace, name): (WorkspaceId, &str),
    declaration: &Declaration,
) -> Result<(), DbErr> {
    let statement = "INSERT INTO declarations (workspace, name, fingerprint, version) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (workspace, name) DO UPDATE SET fingerprint = excluded.fingerprint, version = excluded.version";
    let fingerprint = declaration.fingerprint.as_str().into();
    let values = vec![workspace.uuid().into(), name.into(), fingerprint, declaration.version.into()];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Forgets a declaration.
pub async fn forget(tx: &Tx, (workspace, name): (WorkspaceId, &str)) -> Result<(), DbErr> {
    let statement = "DELETE FROM declarations WHERE workspace = $1 AND name = $2";
    sql::execute(tx, statement, vec![workspace.uuid().into(), name.into()]).await.map(drop)
}
