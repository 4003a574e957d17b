//! A PostgreSQL database for one test: empty, its own, gone afterwards.
//!
//! The server is named by `METIER_TEST_POSTGRES_URL`, which `cargo xtask test` sets. What a killed
//! test leaves behind is dropped by a later one, after an hour.

use std::thread;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use url::Url;
use uuid::Uuid;

/// Names the server; its user must be allowed to create databases.
pub const VARIABLE: &str = "METIER_TEST_POSTGRES_URL";

/// Databases older than this belong to a test that was killed.
const LEFTOVER_SECONDS: i64 = 3_600;
const LEFTOVERS: &str = "SELECT datname::text FROM pg_database WHERE datname ~ '^metier_test_[0-9]+_' \
     AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now())::bigint - $1";

/// An empty database that is dropped with this value, whoever is still connected to it.
#[derive(Debug)]
pub struct TestDatabase {
    /// Where to connect to.
    pub url: String,
    name: String,
    server: Url,
}

/// Creates a database on the server that the environment names.
///
/// # Panics
///
/// When no server is named or it refuses: a test that needs a database fails without one.
pub async fn database() -> TestDatabase {
    let server = server(std::env::var(VARIABLE).ok());
    match create(server).await {
        Ok(database) => database,
        Err(error) => panic!("cannot create a test database on the server that {VARIABLE} names: {error}"),
    }
}

impl Drop for TestDatabase {
    /// Waits for the drop, on a thread of its own because the test's runtime may be ending. An error is
    /// no reason to fail the test: what is left is dropped as a leftover.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), std::mem::take(&mut self.name));
        let _leftover = thread::spawn(move || drop_database(&server, &name)).join();
    }
}

fn server(named: Option<String>) -> Url {
    let Some(url) = named.filter(|url| !url.is_empty()) else {
        panic!(
            "this test needs PostgreSQL: run cargo xtask test, or set {VARIABLE} as cargo xtask servers prints it"
        );
    };
    match Url::parse(&url) {
        Ok(url) => url,
        Err(error) => panic!("{VARIABLE} is not a URL: {error}"),
    }
}

async fn create(server: Url) -> Result<TestDatabase, sqlx::Error> {
    let mut connection = PgConnection::connect(server.as_str()).await?;
    drop_leftovers(&mut connection).await?;
    let now: i64 =
        sqlx::query_scalar("SELECT extract(epoch FROM now())::bigint").fetch_one(&mut connection).await?;
    let name = format!("metier_test_{now}_{}", Uuid::now_v7().simple());
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await?;
    connection.close().await?;
    let mut url = server.clone();
    url.set_path(&name);
    Ok(TestDatabase { url: url.into(), name, server })
}

/// Two tests may drop the same leftover at once; the second finds it gone.
async fn drop_leftovers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let names: Vec<String> =
        sqlx::query_scalar(LEFTOVERS).bind(LEFTOVER_SECONDS).fetch_all(&mut *connection).await?;
    for name in names {
        let _gone_or_in_use = connection.execute(drop_statement(&name)).await;
    }
    Ok(())
}

fn drop_database(server: &Url, name: &str) -> Result<(), sqlx::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server.as_str()).await?;
        connection.execute(drop_statement(name)).await?;
        connection.close().await
    })
}

/// Only names that this module made are put into it.
fn drop_statement(name: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
}
