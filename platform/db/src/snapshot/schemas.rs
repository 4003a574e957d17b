//! Schemas of PostgreSQL: the locks that keep them as they are, and one transaction for each database that reads
//! what was committed before it began.

use std::{collections::BTreeMap, io::Write, str::FromStr, time::Duration};

use futures::TryStreamExt;
use metier_core::Secret;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use tokio::time::Instant;

use super::SnapshotError;
use crate::{Inspection, catalog, inspect, migrations::SERVICE_TABLE};

/// How long locks may be held while others are waited for: less than PostgreSQL waits (1 s) before it looks for a
/// deadlock, so that a writer is never ended for one with us.
const PATIENCE: Duration = Duration::from_millis(800);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// `lock_not_available` and `deadlock_detected`.
const BUSY: [&str; 2] = ["55P03", "40P01"];
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The schema of a service.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Whose it is, and its name.
    pub service: &'static str,
    /// The database it lies in.
    pub url: Secret<String>,
}

/// A database with the schemas to copy from it.
pub struct Server {
    url: Secret<String>,
    pool: PgPool,
    services: Vec<&'static str>,
    /// The tables in the order they are locked.
    order: Vec<String>,
    reader: Option<Transaction<'static, Postgres>>,
}

/// Each database once. Two URLs are two databases, even when they lead to the same one.
pub async fn servers(schemas: &[Schema]) -> Result<Vec<Server>, SnapshotError> {
    let mut servers: Vec<Server> = Vec::new();
    for schema in schemas {
        match servers.iter_mut().find(|server| server.url == schema.url) {
            Some(server) => server.services.push(schema.service),
            None => servers.push(Server::of(schema).await.map_err(failed(schema.service))?),
        }
    }
    Ok(servers)
}

/// Locks every table of all of them against writing.
pub async fn try_lock_all(
    servers: &mut [Server],
    locks: &mut Vec<Transaction<'static, Postgres>>,
) -> Result<(), SnapshotError> {
    let until = Instant::now() + PATIENCE;
    for server in servers {
        locks.push(server.pool.begin().await.map_err(server.failed())?);
        if let Some(lock) = locks.last_mut() {
            server.try_lock(lock, until).await?;
        }
    }
    Ok(())
}

/// A pool for a backup or a restore, which take as long as they take.
pub async fn pool(url: &Secret<String>) -> Result<PgPool, sqlx::Error> {
    let patient = [("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0")];
    let options =
        PgConnectOptions::from_str(url.expose())?.options(patient).application_name("metier-backup");
    // A pool keeps trying and then says no more than that it did.
    PgConnection::connect_with(&options).await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(CONNECT_TIMEOUT);
    Ok(pool.connect_lazy_with(options))
}

fn failed(service: &'static str) -> impl Fn(sqlx::Error) -> SnapshotError {
    move |source| SnapshotError::Schema { service, source }
}

impl Server {
    async fn of(schema: &Schema) -> Result<Self, sqlx::Error> {
        let (url, services) = (schema.url.clone(), vec![schema.service]);
        Ok(Self { pool: pool(&url).await?, url, services, order: Vec::new(), reader: None })
    }

    pub fn holds(&self, service: &str) -> bool {
        self.services.contains(&service)
    }

    fn failed(&self) -> impl Fn(sqlx::Error) -> SnapshotError + use<> {
        failed(self.services.first().copied().unwrap_or_default())
    }

    /// A table that was waited for in vain is locked first the next time: so the order becomes that in which the
    /// writers take their locks, and waits in no circle with them.
    async fn try_lock(&mut self, lock: &mut PgConnection, until: Instant) -> Result<(), SnapshotError> {
        if self.order.is_empty() {
            self.order = self.tables(lock).await.map_err(self.failed())?;
        }
        for index in 0..self.order.len() {
            let left = until.saturating_duration_since(Instant::now()).as_millis().max(1);
            let table = &self.order[index];
            let statement = format!("SET LOCAL lock_timeout = {left}; LOCK TABLE {table} IN SHARE MODE");
            match lock.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await {
                Ok(_) => {}
                Err(error) if is_busy(&error) => {
                    let table = table.clone();
                    self.order[..=index].rotate_right(1);
                    return Err(SnapshotError::Busy(table));
                }
                Err(error) => return Err(self.failed()(error)),
            }
        }
        Ok(())
    }

    async fn tables(&self, connection: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
        let mut tables = Vec::new();
        for service in &self.services {
            let found = catalog::tables(connection, service).await?;
            tables.extend(found.keys().map(|table| catalog::qualified(service, table)));
        }
        Ok(tables)
    }

    /// From here on it reads what was committed before and nothing later.
    pub async fn begin(&mut self) -> Result<(), SnapshotError> {
        let mut reader = self.pool.begin_with(BEGIN).await.map_err(self.failed())?;
        reader.execute("SELECT pg_current_snapshot()").await.map_err(self.failed())?;
        self.reader = Some(reader);
        Ok(())
    }

    pub fn schema(&mut self, service: &'static str) -> Option<SchemaReader<'_>> {
        Some(SchemaReader { service, connection: self.reader.as_deref_mut()? })
    }

    pub async fn made(&mut self) -> Result<Vec<String>, SnapshotError> {
        let failed = self.failed();
        let query =
            "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = $1 AND relkind = 'r'";
        let Some(reader) = self.reader.as_deref_mut() else { return Ok(Vec::new()) };
        sqlx::query_scalar(query).bind(SERVICE_TABLE).fetch_all(reader).await.map_err(failed)
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| BUSY.contains(&&*code))
}

/// Reads a schema as it was at the moment of a snapshot.
pub struct SchemaReader<'s> {
    service: &'static str,
    connection: &'s mut PgConnection,
}

impl SchemaReader<'_> {
    /// What the database says of itself; `None` when it was never made.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn inspect(&mut self) -> Result<Option<Inspection>, SnapshotError> {
        inspect::schema(self.connection, self.service).await.map_err(failed(self.service))
    }

    /// The tables with their columns. None of them can be changed until the snapshot is dropped.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn tables(&mut self) -> Result<BTreeMap<String, Vec<String>>, SnapshotError> {
        let found = catalog::tables(self.connection, self.service).await.map_err(failed(self.service))?;
        let names: Vec<_> = found.keys().map(|table| catalog::qualified(self.service, table)).collect();
        if !names.is_empty() {
            let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
            self.connection.execute(AssertSqlSafe(lock)).await.map_err(failed(self.service))?;
        }
        Ok(found)
    }

    /// Copies the rows of a table, a line each, in PostgreSQL's own text format. Answers how many there are.
    ///
    /// # Errors
    /// When they cannot be read, or `target` not be written to.
    pub async fn copy_out(
        &mut self,
        table: &str,
        columns: &[String],
        target: &mut impl Write,
    ) -> Result<u64, SnapshotError> {
        let statement = catalog::copy(self.service, table, columns, "TO STDOUT");
        let mut rows = self.connection.copy_out_raw(&statement).await.map_err(failed(self.service))?;
        let mut count = 0;
        // PostgreSQL sends each row by itself.
        while let Some(row) = rows.try_next().await.map_err(failed(self.service))? {
            let what = || catalog::qualified(self.service, table);
            target.write_all(&row).map_err(|source| SnapshotError::Write { what: what(), source })?;
            count += 1;
        }
        Ok(count)
    }

    /// The last value taken from each sequence. Those taken since the moment count too, which only leaves gaps.
    ///
    /// # Errors
    /// When the catalog cannot be read.
    pub async fn sequences(&mut self) -> Result<BTreeMap<String, i64>, SnapshotError> {
        catalog::sequences(self.connection, self.service).await.map_err(failed(self.service))
    }
}
