//! What a database says of itself, read without changing anything, whoever has it open.

use std::{collections::BTreeMap, path::Path, str::FromStr, time::Duration};

use metier_core::Timestamp;
use sea_orm::{DatabaseConnection, FromQueryResult, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{
    DatabaseSettings, DbError, SchemaVersion,
    migrations::{PLATFORM_TABLE, SERVICE_TABLE},
    sql,
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// SQLITE_CORRUPT and SQLITE_NOTADB; extended codes keep them in the low byte.
const DAMAGED: [u32; 2] = [11, 26];

/// What was found in a database.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    /// How far it was migrated.
    pub schema: SchemaVersion,
    /// The position of the last event it published.
    pub published: i64,
    /// The position up to which each of its consumers has read, by `publisher/consumer`.
    pub consumed: BTreeMap<String, i64>,
    /// When its last event was written.
    pub last_event: Option<Timestamp>,
    /// What SQLite finds wrong with the file; empty is good. The rest is not known when it is damaged.
    pub damage: Vec<String>,
}

/// Looks at the database of a service; `None` when it was never made.
///
/// # Errors
/// When it cannot be reached or read.
pub async fn inspect(
    settings: &DatabaseSettings,
    service: &'static str,
) -> Result<Option<Inspection>, DbError> {
    let looked = match settings {
        DatabaseSettings::Sqlite { folder } => sqlite(&folder.join(format!("{service}.db"))).await,
        DatabaseSettings::Postgres { url, .. } => postgres(url.expose(), service).await,
    };
    looked.map_err(|source| DbError::Open { service, source })
}

async fn sqlite(file: &Path) -> Result<Option<Inspection>, sqlx::Error> {
    if !file.exists() {
        return Ok(None);
    }
    // Nobody has it open, so nothing beside it is needed, and nothing beside it is made.
    let alone = !file.with_extension("db-wal").exists();
    match sqlite_as(file, alone).await {
        Err(error) if is_damage(&error) => {
            Ok(Some(Inspection { damage: vec![error.to_string()], ..Inspection::default() }))
        }
        looked => looked.map(Some),
    }
}

async fn sqlite_as(file: &Path, immutable: bool) -> Result<Inspection, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(immutable);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let damage: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(20)").fetch_all(&pool).await?;
    if damage != ["ok"] {
        return Ok(Inspection { damage, ..Inspection::default() });
    }
    let read = read(&SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.clone())).await;
    pool.close().await;
    Ok(read.unwrap_or_else(|error| Inspection { damage: vec![error.to_string()], ..Inspection::default() }))
}

fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| DAMAGED.contains(&(code & 0xff)))
}

async fn postgres(url: &str, service: &'static str) -> Result<Option<Inspection>, sqlx::Error> {
    let options = PgConnectOptions::from_str(url)?.options([("search_path", service)]);
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
    let pool = pool.connect_with(options).await?;
    let made: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("\"{service}\".{SERVICE_TABLE}"))
        .fetch_one(&pool)
        .await?;
    let read = match made {
        true => read(&SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone())).await.map(Some),
        false => Ok(None),
    };
    pool.close().await;
    read.map_err(|error| sqlx::Error::Protocol(error.to_string()))
}

#[derive(FromQueryResult)]
struct Told {
    platform: i64,
    service: i64,
    published: i64,
    last_event: Option<i64>,
}

#[derive(FromQueryResult)]
struct Read {
    publisher: String,
    consumer: String,
    position: i64,
}

async fn read(database: &DatabaseConnection) -> Result<Inspection, sea_orm::DbErr> {
    let query = format!(
        "SELECT (SELECT coalesce(max(version), 0) FROM {PLATFORM_TABLE}) AS platform, \
         (SELECT coalesce(max(version), 0) FROM {SERVICE_TABLE}) AS service, \
         (SELECT position FROM outbox_counter WHERE id = 1) AS published, \
         (SELECT max(created_at) FROM outbox) AS last_event"
    );
    let missing = || sea_orm::DbErr::RecordNotFound("it has no counter of events".into());
    let told = sql::find::<Told>(database, &query, vec![]).await?.ok_or_else(missing)?;
    let inbox = "SELECT publisher, consumer, position FROM inbox";
    let inbox = sql::list::<Read>(database, inbox, vec![]).await?;
    Ok(Inspection {
        schema: SchemaVersion { platform: told.platform, service: told.service },
        published: told.published,
        consumed: inbox
            .into_iter()
            .map(|it| (format!("{}/{}", it.publisher, it.consumer), it.position))
            .collect(),
        last_event: told.last_event.map(Timestamp::from_micros),
        damage: Vec::new(),
    })
}
