//! People, always read together with what their role allows at this moment.

use std::str::FromStr;

use metier_core::{Grants, Id, Role, Timestamp, UserId, WorkspaceId};
use metier_db::{
    Tx,
    sea_orm::{self, ConnectionTrait, DbErr, FromQueryResult},
    sql,
};
use uuid::Uuid;

use super::{read_grants, write_grants};
use crate::domain::user::{Authorized, User};

const SELECT: &str = "SELECT u.id, u.number, u.workspace, u.email, u.display_name, u.role, u.extra_grants, \
    u.disabled_at, u.version, u.created_at, u.updated_at, r.grants AS role_grants \
    FROM users u LEFT JOIN roles r ON r.workspace = u.workspace AND r.name = u.role";

/// Which people a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With this role.
    pub role: Option<String>,
    /// Only disabled, or only enabled people.
    pub disabled: Option<bool>,
    /// With this text in their address or name, whatever its case.
    pub search: Option<String>,
    /// Highest number first.
    pub descending: bool,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    number: i64,
    workspace: Uuid,
    email: String,
    display_name: String,
    role: String,
    extra_grants: String,
    disabled_at: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
    role_grants: Option<String>,
}

impl TryFrom<Row> for Authorized {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let role = match (Role::from_str(&row.role), row.role_grants) {
            (Ok(built_in), _) => built_in.grants(),
            (Err(_), Some(json)) => read_grants(&json)?,
            (Err(_), None) => Grants::default(),
        };
        let extra_grants = read_grants(&row.extra_grants)?;
        let grants = role.union(&extra_grants);
        let user = User {
            id: Id::from_uuid(row.id),
            number: row.number,
            workspace: Id::from_uuid(row.workspace),
            email: row.email,
            display_name: row.display_name,
            role: row.role,
            extra_grants,
            disabled_at: row.disabled_at.map(Timestamp::from_micros),
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        };
        Ok(Self { user, grants })
    }
}

/// Whether anybody can sign in at all.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn any(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(sql::scalar::<i64>(connection, "SELECT number FROM users LIMIT 1", vec![]).await?.is_some())
}

/// A person by id, wherever they belong.
pub async fn find(connection: &impl ConnectionTrait, id: UserId) -> Result<Option<Authorized>, DbErr> {
    let query = format!("{SELECT} WHERE u.id = $1");
    sql::find::<Row>(connection, &query, vec![id.uuid().into()]).await?.map(Authorized::try_from).transpose()
}

/// A person by the folded form of their address.
pub async fn find_by_email(
    connection: &impl ConnectionTrait,
    key: &str,
) -> Result<Option<Authorized>, DbErr> {
    let query = format!("{SELECT} WHERE u.email_key = $1");
    sql::find::<Row>(connection, &query, vec![key.into()]).await?.map(Authorized::try_from).transpose()
}

/// The stored form of a person's password.
pub async fn password_hash(connection: &impl ConnectionTrait, id: UserId) -> Result<Option<String>, DbErr> {
    sql::scalar(connection, "SELECT password_hash FROM users WHERE id = $1", vec![id.uuid().into()]).await
}

/// A page of people by number, one row more than `limit` where there is one.
pub async fn list(
    connection: &impl ConnectionTrait,
    workspace: WorkspaceId,
    filter: &Filter,
    (after, limit): (Option<i64>, u32),
) -> Result<Vec<Authorized>, DbErr> {
    let (beyond, order) = if filter.descending { ("<", "DESC") } else { (">", "ASC") };
    let query = format!(
        "{SELECT} WHERE u.workspace = $1 AND ($2 IS NULL OR u.number {beyond} $2) AND ($3 IS NULL OR u.role = $3) \
         AND ($4 IS NULL OR ($4 = 1) = (u.disabled_at IS NOT NULL)) \
         AND ($5 IS NULL OR u.email_key LIKE $5 ESCAPE '!' OR lower(u.display_name) LIKE $5 ESCAPE '!') \
         ORDER BY u.number {order} LIMIT $6"
    );
    let values = vec![
        workspace.uuid().into(),
        after.into(),
        filter.role.clone().into(),
        filter.disabled.map(i64::from).into(),
        filter.search.as_deref().map(pattern).into(),
        (i64::from(limit) + 1).into(),
    ];
    sql::list::<Row>(connection, &query, values).await?.into_iter().map(Authorized::try_from).collect()
}

fn pattern(search: &str) -> String {
    let escaped = search.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// The next number. Holds off others who add people until the transaction ends.
pub async fn next_number(tx: &Tx) -> Result<i64, DbErr> {
    let statement = "UPDATE counters SET value = value + 1 WHERE name = 'users' RETURNING value";
    sql::scalar(tx, statement, vec![]).await?.ok_or_else(|| super::damaged("counter of users"))
}

/// Lets one transaction at a time change who the administrators are, and make the first one.
pub async fn lock(tx: &Tx) -> Result<(), DbErr> {
    sql::execute(tx, "UPDATE counters SET value = value WHERE name = 'users'", vec![]).await.map(drop)
}

/// Whether somebody in the workspace may still do everything.
pub async fn admin_exists(tx: &Tx, workspace: WorkspaceId) -> Result<bool, DbErr> {
    let query = "SELECT u.number FROM users u LEFT JOIN roles r ON r.workspace = u.workspace AND r.name = u.role \
                 WHERE u.workspace = $1 AND u.disabled_at IS NULL \
                 AND (u.role = 'admin' OR u.extra_grants LIKE '%\"*:*\"%' OR r.grants LIKE '%\"*:*\"%') LIMIT 1";
    Ok(sql::scalar::<i64>(tx, query, vec![workspace.uuid().into()]).await?.is_some())
}

/// Adds a person.
///
/// # Errors
/// A unique violation when somebody has the address.
pub async fn insert(tx: &Tx, user: &User, email_key: &str, password_hash: &str) -> Result<(), DbErr> {
    let statement = "INSERT INTO users (id, number, workspace, email, email_key, display_name, password_hash, role, \
                     extra_grants, disabled_at, version, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = vec![
        user.id.uuid().into(),
        user.number.into(),
        user.workspace.uuid().into(),
        user.email.clone().into(),
        email_key.into(),
        user.display_name.clone().into(),
        password_hash.into(),
        user.role.clone().into(),
        write_grants(&user.extra_grants).into(),
        user.disabled_at.map(Timestamp::micros).into(),
        user.version.into(),
        user.created_at.micros().into(),
        user.updated_at.micros().into(),
    ];
    sql::execute(tx, statement, values).await.map(drop)
}

/// Replaces a person whose version is still one less than `user.version`. `false` when it is not.
///
/// # Errors
/// A unique violation when somebody else has the address.
pub async fn update(tx: &Tx, user: &User, email_key: &str) -> Result<bool, DbErr> {
    let statement = "UPDATE users SET email = $1, email_key = $2, display_name = $3, role = $4, extra_grants = $5, \
                     disabled_at = $6, version = $7, updated_at = $8 WHERE id = $9 AND version = $10";
    let values = vec![
        user.email.clone().into(),
        email_key.into(),
        user.display_name.clone().into(),
        user.role.clone().into(),
        write_grants(&user.extra_grants).into(),
        user.disabled_at.map(Timestamp::micros).into(),
        user.version.into(),
        user.updated_at.micros().into(),
        user.id.uuid().into(),
        (user.version - 1).into(),
    ];
    Ok(sql::execute(tx, statement, values).await? == 1)
}

/// Keeps another form of the same or a fresh password.
pub async fn set_password(tx: &Tx, id: UserId, hash: &str, now: Timestamp) -> Result<(), DbErr> {
    let statement = "UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3";
    sql::execute(tx, statement, vec![hash.into(), now.micros().into(), id.uuid().into()]).await.map(drop)
}

/// Deletes a person with their sessions, devices and keys.
pub async fn delete(tx: &Tx, id: UserId) -> Result<(), DbErr> {
    sql::execute(tx, "DELETE FROM users WHERE id = $1", vec![id.uuid().into()]).await.map(drop)
}
