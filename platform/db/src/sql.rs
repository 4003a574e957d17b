//! Whole statements with `$1..$n` that run on both databases, for what reads better as SQL.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement, Value};

fn statement(connection: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(connection.get_database_backend(), sql, values)
}

/// Runs a statement and says how many rows it touched.
///
/// # Errors
/// When the statement fails.
pub async fn execute(connection: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
    Ok(connection.execute_raw(statement(connection, sql, values)).await?.rows_affected())
}

/// Runs a query and reads its first row, if any.
///
/// # Errors
/// When the query fails or the row does not have the shape of `T`.
pub async fn find<T: FromQueryResult>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbErr> {
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    row.map(|row| T::from_query_result(&row, "")).transpose()
}

/// Runs a query and reads every row.
///
/// # Errors
/// When the query fails or a row does not have the shape of `T`.
pub async fn list<T: FromQueryResult>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, DbErr> {
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    rows.iter().map(|row| T::from_query_result(row, "")).collect()
}

/// Runs a query for the first column of its first row.
///
/// # Errors
/// When the query fails or the column is not a `T`.
pub async fn scalar<T: sea_orm::TryGetable>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>, DbErr> {
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}
