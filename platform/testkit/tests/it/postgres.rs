//! Databases of tests: separate, named so that leftovers are recognized, gone afterwards.

use metier_testkit::postgres::{TestDatabase, VARIABLE, database};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

fn name(database: &TestDatabase) -> String {
    database.url.rsplit('/').next().unwrap().to_owned()
}

async fn exists(name: &str) -> bool {
    let mut server = connect(&std::env::var(VARIABLE).unwrap()).await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(name)
        .fetch_one(&mut server)
        .await
        .unwrap();
    count == 1
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (first, second) = (database().await, database().await);
    connect(&first.url).await.execute("CREATE TABLE here (id bigint)").await.unwrap();
    connect(&first.url).await.execute("INSERT INTO here VALUES (1)").await.unwrap();
    connect(&second.url).await.execute("SELECT * FROM here").await.unwrap_err();
}

#[tokio::test]
async fn a_database_is_dropped_even_while_someone_is_connected() {
    let database = database().await;
    let name = name(&database);
    let mut connected = connect(&database.url).await;
    assert!(exists(&name).await);
    drop(database);
    assert!(!exists(&name).await);
    connected.execute("SELECT 1").await.unwrap_err();
}

#[tokio::test]
async fn leftovers_of_killed_tests_are_dropped_and_other_databases_are_not() {
    let (old, foreign) = (format!("metier_test_1_{}", unique()), format!("metier_test_{}", unique()));
    let mut server = connect(&std::env::var(VARIABLE).unwrap()).await;
    for name in [&old, &foreign] {
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await.unwrap();
    }
    let _sweeps = database().await;
    assert!(!exists(&old).await);
    assert!(exists(&foreign).await);
    server.execute(AssertSqlSafe(format!("DROP DATABASE {foreign}"))).await.unwrap();
}

/// Part of a name that no other test uses, and that is not a time.
fn unique() -> String {
    format!("x{}", uuid::Uuid::now_v7().simple())
}
