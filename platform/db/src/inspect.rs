//! What a database says of itself, read without changing anything, whoever has it open.

use std::{collections::BTreeMap, path::Path, str::FromStr, time::Duration};

use metier_core::Timestamp;
use sqlx::{
    AssertSqlSafe, PgConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{
    DatabaseSettings, DbError, SchemaVersion, catalog,
    migrations::{PLATFORM_TABLE, SERVICE_TABLE},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// SQLITE_CORRUPT and SQLITE_NOTADB; extended codes keep them in the low byte.
const DAMAGED: [u32; 2] = [11, 26];

/// What was found in a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    let read = read_file(&pool).await;
    pool.close().await;
    Ok(read.unwrap_or_else(|error| Inspection { damage: vec![error.to_string()], ..Inspection::default() }))
}

fn is_damage(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| DAMAGED.contains(&(code & 0xff)))
}

async fn postgres(url: &str, service: &'static str) -> Result<Option<Inspection>, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
    let pool = pool.connect_with(PgConnectOptions::from_str(url)?).await?;
    let mut connection = pool.acquire().await?;
    let read = schema(&mut connection, service).await;
    drop(connection);
    pool.close().await;
    read
}

async fn read_file(pool: &SqlitePool) -> Result<Inspection, sqlx::Error> {
    let told = sqlx::query_as(told("")).fetch_one(pool).await?;
    Ok(Inspection::of(told, sqlx::query_as(inbox("")).fetch_all(pool).await?))
}

/// Looks at the schema of a service; `None` when it was never made.
pub(crate) async fn schema(
    connection: &mut PgConnection,
    service: &str,
) -> Result<Option<Inspection>, sqlx::Error> {
    let made = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL");
    let made: bool =
        made.bind(catalog::qualified(service, SERVICE_TABLE)).fetch_one(&mut *connection).await?;
    if !made {
        return Ok(None);
    }
    let schema = format!("{}.", catalog::quoted(service));
    let told = sqlx::query_as(told(&schema)).fetch_one(&mut *connection).await?;
    let inbox = sqlx::query_as(inbox(&schema)).fetch_all(connection).await?;
    Ok(Some(Inspection::of(told, inbox)))
}

/// Versions of both schemas, position and time of the last event.
type Told = (i64, i64, i64, Option<i64>);
/// Publisher, consumer and position.
type Read = (String, String, i64);

fn told(schema: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "SELECT (SELECT coalesce(max(version), 0) FROM {schema}{PLATFORM_TABLE}), \
         (SELECT coalesce(max(version), 0) FROM {schema}{SERVICE_TABLE}), \
         (SELECT position FROM {schema}outbox_counter WHERE id = 1), \
         (SELECT max(created_at) FROM {schema}outbox)"
    ))
}

fn inbox(schema: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("SELECT publisher, consumer, position FROM {schema}inbox"))
}

impl Inspection {
    fn of((platform, service, published, last_event): Told, inbox: Vec<Read>) -> Self {
        let consumed = inbox
            .into_iter()
            .map(|(publisher, consumer, position)| (format!("{publisher}/{consumer}"), position));
        Self {
            schema: SchemaVersion { platform, service },
            published,
            consumed: consumed.collect(),
            last_event: last_event.map(Timestamp::from_micros),
            damage: Vec::new(),
        }
    }
}
