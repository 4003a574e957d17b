//! Schemas: equal on both databases, never older than their data.

use include_dir::{Dir, include_dir};
use metier_core::Secret;
use metier_db::{Database, DatabaseSettings, DbError, Migrations, schema};
use metier_testkit::stores;

use crate::NOTES;

static NONE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations");
/// What an older build knows: nothing.
const OLDER: Migrations = Migrations { sqlite: &NONE, postgres: &NONE };

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let [sqlite, postgres] = stores("notes", &NOTES).await;
    let (left, right) =
        (schema::tables(&sqlite.database).await.unwrap(), schema::tables(&postgres.database).await.unwrap());
    assert!(left.contains_key("outbox") && left.contains_key("notes"));
    assert_eq!(left, right);
}

#[tokio::test]
async fn an_older_build_refuses_a_newer_schema() {
    let folder = tempfile::tempdir().unwrap();
    let server = metier_testkit::postgres::database().await;
    let settings = [
        DatabaseSettings::Sqlite { folder: folder.path().to_owned() },
        DatabaseSettings::Postgres { url: Secret::new(server.url.clone()), max_connections: 4 },
    ];
    for settings in settings {
        Database::open(&settings, "notes", &NOTES).await.unwrap().close().await;
        let refused = Database::open(&settings, "notes", &OLDER).await.err().unwrap();
        assert!(matches!(refused, DbError::NewerSchema { found: 1, .. }), "{refused:?}");
    }
}
