//! Plain SQL migrations, one folder per dialect, embedded in the binary.
//!
//! A new binary migrates; an older one refuses a schema it does not know.

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};
use sqlx::{
    PgConnection,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::DbError;

/// A service's migrations: `0001_name.sql`, `0002_...` in both folders, under the same names.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// For SQLite: STRICT tables.
    pub sqlite: &'static Dir<'static>,
    /// For PostgreSQL.
    pub postgres: &'static Dir<'static>,
}

/// How far a database was migrated, or how far this build migrates: the last migration of each folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion {
    /// The tables every service has: events, idempotency keys.
    pub platform: i64,
    /// The service's own.
    pub service: i64,
}

impl SchemaVersion {
    /// Whether a build that knows `known` has to refuse it.
    pub const fn is_newer_than(self, known: Self) -> bool {
        self.platform > known.platform || self.service > known.service
    }
}

impl Migrations {
    /// What a database has when this build has migrated it.
    pub fn newest(&self) -> SchemaVersion {
        let newest = |dir: &'static Dir<'static>| {
            dir.files().filter_map(migration).map(|migration| migration.version).max().unwrap_or_default()
        };
        SchemaVersion { platform: newest(&PLATFORM_SQLITE), service: newest(self.sqlite) }
    }
}

static PLATFORM_SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/sqlite");
static PLATFORM_POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/migrations/postgres");

pub(crate) const PLATFORM_TABLE: &str = "_platform_migrations";
pub(crate) const SERVICE_TABLE: &str = "_service_migrations";

pub(crate) async fn run_sqlite(
    pool: &sqlx::SqlitePool,
    service: &'static str,
    migrations: &Migrations,
) -> Result<(), DbError> {
    let run = |dir, table| async move { migrator(dir, table, i64::MAX).run(pool).await };
    run(&PLATFORM_SQLITE, PLATFORM_TABLE).await.map_err(|source| failure(service, source))?;
    run(migrations.sqlite, SERVICE_TABLE).await.map_err(|source| failure(service, source))
}

pub(crate) async fn run_postgres(
    pool: &sqlx::PgPool,
    service: &'static str,
    migrations: &Migrations,
) -> Result<(), DbError> {
    let mut connection = pool.acquire().await.map_err(|source| DbError::Open { service, source })?;
    let newest = SchemaVersion { platform: i64::MAX, service: i64::MAX };
    run_postgres_to(&mut connection, service, migrations, newest).await
}

/// Migrates no further than `to`, into the first schema of the search path.
pub(crate) async fn run_postgres_to(
    connection: &mut PgConnection,
    service: &'static str,
    migrations: &Migrations,
    to: SchemaVersion,
) -> Result<(), DbError> {
    let platform = migrator(&PLATFORM_POSTGRES, PLATFORM_TABLE, to.platform);
    platform.run(&mut *connection).await.map_err(|source| failure(service, source))?;
    let own = migrator(migrations.postgres, SERVICE_TABLE, to.service);
    own.run(connection).await.map_err(|source| failure(service, source))
}

fn migrator(dir: &'static Dir<'static>, table: &'static str, to: i64) -> Migrator {
    let known = dir.files().filter_map(migration);
    let mut files: Vec<_> = known.filter(|migration| migration.version <= to).collect();
    files.sort_by_key(|migration| migration.version);
    let mut migrator = Migrator::with_migrations(files);
    migrator.dangerous_set_table_name(table);
    migrator
}

fn migration(file: &'static include_dir::File<'static>) -> Option<Migration> {
    let name = file.path().file_stem()?.to_str()?;
    let (version, description) = name.split_once('_')?;
    let sql = sqlx::SqlStr::from_static(file.contents_utf8()?);
    Some(Migration::new(
        version.parse().ok()?,
        description.to_owned().into(),
        MigrationType::Simple,
        sql,
        false,
    ))
}

fn failure(service: &'static str, source: MigrateError) -> DbError {
    match source {
        MigrateError::VersionMissing(found) => DbError::NewerSchema { service, found },
        source => DbError::Migrate { service, source },
    }
}
