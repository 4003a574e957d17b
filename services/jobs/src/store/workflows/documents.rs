//! The documents of jobs, one for each version that has steps.

use metier_db::{Tx, sql};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// Writes the document of a job's version.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &Tx, job: Uuid, document: &str) -> Result<(), DbErr> {
    let statement = "INSERT INTO workflows (job, document) VALUES ($1, $2)";
    sql::execute(tx, statement, vec![job.into(), document.into()]).await.map(drop)
}

/// The document of a job's version.
///
/// # Errors
/// When the database fails.
pub async fn find(connection: &impl ConnectionTrait, job: Uuid) -> Result<Option<String>, DbErr> {
    sql::scalar(connection, "SELECT document FROM workflows WHERE job = $1", vec![job.into()]).await
}
