//! A migrated database of each kind, so that every store test runs on both.

use metier_core::Secret;
use metier_db::{Database, DatabaseSettings, Migrations};
use tempfile::TempDir;

use crate::postgres::{TestDatabase, database};

/// A service's database for one test, gone with this value.
pub struct Store {
    /// The open database.
    pub database: Database,
    _folder: Option<TempDir>,
    _server: Option<TestDatabase>,
}

/// The service's database on SQLite and on PostgreSQL: a test loops over both.
///
/// # Panics
///
/// When either cannot be opened or migrated.
pub async fn stores(service: &'static str, migrations: &Migrations) -> [Store; 2] {
    [sqlite(service, migrations).await, postgres(service, migrations).await]
}

/// The service's database in a temporary file.
///
/// # Panics
///
/// When it cannot be opened or migrated.
pub async fn sqlite(service: &'static str, migrations: &Migrations) -> Store {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let settings = DatabaseSettings::Sqlite { folder: folder.path().to_owned() };
    Store { database: open(&settings, service, migrations).await, _folder: Some(folder), _server: None }
}

/// The service's schema in a PostgreSQL database of its own.
///
/// # Panics
///
/// When it cannot be opened or migrated.
pub async fn postgres(service: &'static str, migrations: &Migrations) -> Store {
    let server = database().await;
    let settings = DatabaseSettings::Postgres { url: Secret::new(server.url.clone()), max_connections: 8 };
    Store { database: open(&settings, service, migrations).await, _folder: None, _server: Some(server) }
}

async fn open(settings: &DatabaseSettings, service: &'static str, migrations: &Migrations) -> Database {
    match Database::open(settings, service, migrations).await {
        Ok(database) => database,
        Err(error) => panic!("cannot open the test database of {service}: {error:?}"),
    }
}
