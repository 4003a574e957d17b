//! A service's database, open.

use std::{str::FromStr, time::Duration};

use futures::future::BoxFuture;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector,
    TransactionTrait,
};
use sqlx::{
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::oneshot;

use crate::{
    DatabaseSettings, DbError, Migrations, Tx, migrations,
    signals::Signals,
    writer::{Done, MAX_HOLD, Work, Writer},
};

const READERS: u32 = 4;
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Checkpointing every 10,000 pages doubles the speed of small batches (measured) and bounds the WAL at 40 MB.
const CHECKPOINT_PAGES: &str = "10000";

/// The two databases Metier runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default.
    Sqlite,
    /// For several processes and machines.
    Postgres,
}

impl Backend {
    /// The backend behind a connection.
    pub fn of(connection: &impl ConnectionTrait) -> Self {
        match connection.get_database_backend() {
            DbBackend::Sqlite => Self::Sqlite,
            _ => Self::Postgres,
        }
    }
}

/// An open, migrated database. Clones share it.
#[derive(Clone)]
pub struct Database {
    service: &'static str,
    reader: DatabaseConnection,
    signals: Signals,
    access: Access,
}

#[derive(Clone)]
enum Access {
    Sqlite { writer: Writer, pool: sqlx::SqlitePool },
    Postgres { pool: sqlx::PgPool },
}

impl Database {
    /// Opens the database of `service`, creating and migrating it as needed.
    ///
    /// # Errors
    /// When it cannot be reached or created, when a migration fails, or when its schema is newer than
    /// `migrations`.
    pub async fn open(
        settings: &DatabaseSettings,
        service: &'static str,
        migrations: &Migrations,
    ) -> Result<Self, DbError> {
        let open = |source| DbError::Open { service, source };
        match settings {
            DatabaseSettings::Sqlite { folder } => {
                let file = folder.join(format!("{service}.db"));
                let options = sqlite_options(&file);
                let single =
                    SqlitePoolOptions::new().max_connections(1).min_connections(1).test_before_acquire(false);
                let write_pool = single.connect_with(options.clone()).await.map_err(open)?;
                migrations::run_sqlite(&write_pool, service, migrations).await?;
                let read_pool = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .test_before_acquire(false)
                    .connect_with(options.read_only(true))
                    .await
                    .map_err(open)?;
                let signals = Signals::local();
                let writer =
                    Writer::start(SqlxSqliteConnector::from_sqlx_sqlite_pool(write_pool), signals.clone());
                let reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(read_pool.clone());
                Ok(Self { service, reader, signals, access: Access::Sqlite { writer, pool: read_pool } })
            }
            DatabaseSettings::Postgres { url, max_connections } => {
                let options = PgConnectOptions::from_str(url.expose()).map_err(open)?;
                create_schema(&options, service).await.map_err(open)?;
                let pool = PgPoolOptions::new()
                    .max_connections(*max_connections)
                    .acquire_timeout(ACQUIRE_TIMEOUT)
                    .test_before_acquire(false)
                    .connect_with(options.options([("search_path", service)]).application_name(service))
                    .await
                    .map_err(open)?;
                migrations::run_postgres(&pool, service, migrations).await?;
                let reader = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
                let signals = Signals::listening(pool.clone(), service);
                Ok(Self { service, reader, signals, access: Access::Postgres { pool } })
            }
        }
    }

    /// The service it belongs to.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        match self.access {
            Access::Sqlite { .. } => Backend::Sqlite,
            Access::Postgres { .. } => Backend::Postgres,
        }
    }

    /// For reading. Sees what was committed before the statement; never blocks writers.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Wake-ups that come with commits; see [`Tx::signal`].
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// The PostgreSQL pool, for LISTEN and hand-written statements; `None` on SQLite.
    pub fn postgres_pool(&self) -> Option<&sqlx::PgPool> {
        match &self.access {
            Access::Postgres { pool } => Some(pool),
            Access::Sqlite { .. } => None,
        }
    }

    /// Runs `work` in a transaction and answers once it is durable. `Err` rolls all of it back.
    ///
    /// Once submitted, the write goes on even when the caller stops waiting.
    ///
    /// # Errors
    /// What `work` returned, or a [`DbError`] when the transaction could not be kept.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        match &self.access {
            Access::Sqlite { writer, .. } => write_through(writer, work).await,
            Access::Postgres { .. } => write_alone(self.reader.clone(), self.signals.clone(), work).await,
        }
    }

    /// Closes the connections; pending writes are finished first on SQLite.
    pub async fn close(&self) {
        match &self.access {
            Access::Sqlite { pool, .. } => pool.close().await,
            Access::Postgres { pool } => pool.close().await,
        }
    }
}

async fn write_through<T, E, F>(writer: &Writer, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let boxed: Work = Box::new(move |tx| {
        let running = work(tx);
        Box::pin(async move {
            let result = running.await;
            let keep = result.is_ok();
            let answer = move |failure: Option<DbError>| {
                let _ = answer.send(match failure {
                    Some(error) if keep => Err(error.into()),
                    _ => result,
                });
            };
            Ok(Done { keep, answer: Box::new(answer) })
        })
    });
    writer.submit(boxed).await?;
    answered
        .await
        .unwrap_or_else(|_| Err(DbError::Commit("the write was dropped; see the log".into()).into()))
}

/// Spawned, so that a caller that stops waiting cannot leave a transaction half done.
async fn write_alone<T, E, F>(connection: DatabaseConnection, signals: Signals, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    let task = tokio::spawn(async move {
        let tx = Tx::new(connection.begin().await.map_err(DbError::from)?, signals);
        match tokio::time::timeout(MAX_HOLD, work(&tx)).await {
            Ok(Ok(value)) => {
                tx.settle().await.map_err(DbError::from)?;
                tx.commit().await.map_err(|error| DbError::Commit(error.to_string()))?;
                Ok(value)
            }
            Ok(Err(error)) => {
                tx.rollback().await.map_err(DbError::from)?;
                Err(error)
            }
            Err(_) => Err(DbError::TooSlow(MAX_HOLD).into()),
        }
    });
    task.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
}

fn sqlite_options(file: &std::path::Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("cache_size", "-16000")
        .pragma("temp_store", "memory")
}

async fn create_schema(options: &PgConnectOptions, service: &'static str) -> Result<(), sqlx::Error> {
    use sqlx::{ConnectOptions, Executor};
    let mut connection = options.connect().await?;
    // Two processes may race here: "if not exists" alone can still collide on the catalogue.
    let statement = format!(
        "SELECT pg_advisory_lock(4017); CREATE SCHEMA IF NOT EXISTS \"{service}\"; SELECT pg_advisory_unlock(4017)"
    );
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await?;
    sqlx::Connection::close(connection).await
}
