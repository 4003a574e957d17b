//! Schemas of PostgreSQL, made again of what a [`SchemaReader`](crate::SchemaReader) copied out.
//!
//! One transaction for each database: until [`Restoring::commit`] nobody sees anything of it, and what fails or is
//! killed leaves nothing. Schemas are made by migrating as far as the copied ones were, and filled with no reference
//! between tables in the way; putting the references back checks every row.

use std::{
    collections::BTreeMap,
    io::{self, Read},
};

use metier_core::Secret;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Postgres, Transaction};

use crate::{
    DbError, Inspection, Migrations, Schema, SchemaVersion,
    catalog::{self, ForeignKey},
    inspect, migrations,
    snapshot::pool,
};

const BUFFER: usize = 128 * 1024;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// PostgreSQL refuses.
    #[error("cannot restore the database of {service} in PostgreSQL")]
    Schema {
        /// Whose database.
        service: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// There is something already.
    #[error(
        "the schema {0} in PostgreSQL is not empty; name an empty database, or drop the schema if nobody needs it"
    )]
    NotEmpty(&'static str),
    /// The schema cannot be made.
    #[error("cannot make the tables of {service}")]
    Migrate {
        /// Whose database.
        service: &'static str,
        /// Why.
        #[source]
        source: DbError,
    },
    /// The copy lacks a table, or has one that should not be.
    #[error("the copy of {service} does not have the tables of its schema: {table} is in one of them only")]
    Tables {
        /// Whose database.
        service: &'static str,
        /// The first that differs.
        table: String,
    },
    /// The rows of a table are refused.
    #[error("PostgreSQL refuses the rows of {table}")]
    Rows {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// The rows of a table cannot be read.
    #[error("cannot read the rows of {table}")]
    Read {
        /// The table.
        table: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A schema was asked for that nobody begun with.
    #[error("no database was named for {0}")]
    Absent(&'static str),
}

fn failed(service: &'static str) -> impl Fn(sqlx::Error) -> RestoreError {
    move |source| RestoreError::Schema { service, source }
}

/// Databases on their way in.
pub struct Restoring {
    servers: Vec<Server>,
}

struct Server {
    url: Secret<String>,
    services: Vec<&'static str>,
    transaction: Transaction<'static, Postgres>,
}

impl Restoring {
    /// Begins, with nothing written yet.
    ///
    /// # Errors
    /// When a database cannot be reached, or one of the schemas has any table.
    pub async fn begin(schemas: &[Schema]) -> Result<Self, RestoreError> {
        let mut servers: Vec<Server> = Vec::new();
        for schema in schemas {
            match servers.iter_mut().find(|server| server.url == schema.url) {
                Some(server) => server.services.push(schema.service),
                None => servers.push(Server::open(schema).await.map_err(failed(schema.service))?),
            }
        }
        for server in &mut servers {
            server.refuse_content().await?;
        }
        Ok(Self { servers })
    }

    /// Makes the empty tables of a service, migrated as far as `version`.
    ///
    /// # Errors
    /// When they cannot be made.
    pub async fn schema(
        &mut self,
        service: &'static str,
        migrations: &Migrations,
        version: SchemaVersion,
    ) -> Result<SchemaWriter<'_>, RestoreError> {
        let server = self.servers.iter_mut().find(|server| server.services.contains(&service));
        let connection = &mut *server.ok_or(RestoreError::Absent(service))?.transaction;
        let schema = catalog::quoted(service);
        let made = format!("CREATE SCHEMA IF NOT EXISTS {schema}; SET LOCAL search_path TO {schema}");
        connection.execute(sqlx::raw_sql(AssertSqlSafe(made))).await.map_err(failed(service))?;
        let migrated = migrations::run_postgres_to(connection, service, migrations, version).await;
        migrated.map_err(|source| RestoreError::Migrate { service, source })?;
        SchemaWriter::open(service, connection).await.map_err(failed(service))
    }

    /// Keeps everything.
    ///
    /// # Errors
    /// When a database cannot. Those before it are kept.
    pub async fn commit(self) -> Result<(), RestoreError> {
        for server in self.servers {
            let service = server.services.first().copied().unwrap_or_default();
            server.transaction.commit().await.map_err(failed(service))?;
        }
        Ok(())
    }
}

impl Server {
    async fn open(schema: &Schema) -> Result<Self, sqlx::Error> {
        let transaction = pool(&schema.url).await?.begin().await?;
        Ok(Self { url: schema.url.clone(), services: vec![schema.service], transaction })
    }

    async fn refuse_content(&mut self) -> Result<(), RestoreError> {
        for service in &self.services {
            let count = "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace($1)";
            let query = sqlx::query_scalar(count).bind(catalog::quoted(service));
            let found: i64 = query.fetch_one(&mut *self.transaction).await.map_err(failed(service))?;
            if found > 0 {
                return Err(RestoreError::NotEmpty(service));
            }
        }
        Ok(())
    }
}

/// Fills the tables of a service.
pub struct SchemaWriter<'r> {
    service: &'static str,
    connection: &'r mut PgConnection,
    tables: Vec<String>,
    foreign_keys: Vec<ForeignKey>,
}

impl<'r> SchemaWriter<'r> {
    /// What the migrations put into the tables is in the copy too, as it became.
    async fn open(service: &'static str, connection: &'r mut PgConnection) -> Result<Self, sqlx::Error> {
        let foreign_keys = catalog::foreign_keys(connection, service).await?;
        for key in &foreign_keys {
            connection.execute(AssertSqlSafe(key.drop_statement())).await?;
        }
        let tables: Vec<_> = catalog::tables(connection, service).await?.into_keys().collect();
        for table in &tables {
            let empty = format!("TRUNCATE {}", catalog::qualified(service, table));
            connection.execute(AssertSqlSafe(empty)).await?;
        }
        Ok(Self { service, connection, tables, foreign_keys })
    }

    /// Refuses a copy that has other tables than the schema.
    ///
    /// # Errors
    /// When one is missing, or there is one too many.
    pub fn require(&self, copied: &[&String]) -> Result<(), RestoreError> {
        let missing = self.tables.iter().find(|table| !copied.contains(table));
        let foreign = || copied.iter().copied().find(|table| !self.tables.contains(table));
        match missing.or_else(foreign) {
            Some(table) => Err(RestoreError::Tables { service: self.service, table: table.clone() }),
            None => Ok(()),
        }
    }

    /// Copies rows into a table, as [`copy_out`](crate::SchemaReader::copy_out) wrote them. Answers how many.
    ///
    /// # Errors
    /// When `source` cannot be read, or a row is refused.
    pub async fn copy_in(
        &mut self,
        table: &str,
        columns: &[String],
        mut source: impl Read,
    ) -> Result<u64, RestoreError> {
        let name = || catalog::qualified(self.service, table);
        let refused = |source| RestoreError::Rows { table: name(), source };
        let statement = catalog::copy(self.service, table, columns, "FROM STDIN");
        let mut copy = self.connection.copy_in_raw(&statement).await.map_err(refused)?;
        let mut buffer = vec![0; BUFFER];
        loop {
            let length = match source.read(&mut buffer) {
                Ok(0) => return copy.finish().await.map_err(refused),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => {
                    copy.abort("the rows cannot be read").await.map_err(refused)?;
                    return Err(RestoreError::Read { table: name(), source });
                }
            };
            copy.send(buffer.get(..length).unwrap_or_default()).await.map_err(refused)?;
        }
    }

    /// Puts sequences where they were and references back, which checks them. Answers what the database then says.
    ///
    /// # Errors
    /// When a row refers to one that is not there, or a sequence is not known.
    pub async fn end(self, sequences: &BTreeMap<String, i64>) -> Result<Option<Inspection>, RestoreError> {
        let failed = failed(self.service);
        for (name, value) in sequences {
            let set =
                sqlx::query("SELECT setval($1::regclass, $2)").bind(catalog::qualified(self.service, name));
            set.bind(value).execute(&mut *self.connection).await.map_err(&failed)?;
        }
        for key in &self.foreign_keys {
            self.connection.execute(AssertSqlSafe(key.add_statement())).await.map_err(&failed)?;
        }
        inspect::schema(self.connection, self.service).await.map_err(failed)
    }
}
