//! Schemas of PostgreSQL, copied out and made again.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use metier_core::Secret;
use metier_db::{
    Database, DatabaseSettings, Inspection, Migrations, RestoreError, Restoring, Schema, Snapshot,
};
use metier_testkit::postgres::{self, TestDatabase};

use crate::NOTES;

static NEWER_SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/newer/sqlite");
static NEWER_POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/newer/postgres");

/// Notes, and in a second migration shelves and books, which refer to one another.
const NEWER: Migrations = Migrations { sqlite: &NEWER_SQLITE, postgres: &NEWER_POSTGRES };

const SERVICE: &str = "library";

fn schema(database: &TestDatabase) -> Schema {
    Schema { service: SERVICE, url: Secret::new(database.url.clone()) }
}

async fn open(database: &TestDatabase, migrations: &Migrations) -> Database {
    let url = Secret::new(database.url.clone());
    let settings = DatabaseSettings::Postgres { url, max_connections: 2 };
    Database::open(&settings, SERVICE, migrations).await.unwrap()
}

async fn execute(database: &Database, statement: &'static str) {
    let pool = database.postgres_pool().unwrap();
    sqlx::raw_sql(statement).execute(pool).await.unwrap();
}

async fn texts(database: &Database, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(database.postgres_pool().unwrap()).await.unwrap()
}

/// A schema, copied out.
struct Copied {
    found: Inspection,
    tables: BTreeMap<String, (Vec<String>, Vec<u8>, u64)>,
    sequences: BTreeMap<String, i64>,
}

async fn copy_out(database: &TestDatabase) -> Copied {
    let mut snapshot = Snapshot::begin(&[], &[schema(database)]).await.unwrap();
    let mut reader = snapshot.schema(SERVICE).unwrap();
    let (found, mut tables) = (reader.inspect().await.unwrap().unwrap(), BTreeMap::new());
    for (table, columns) in reader.tables().await.unwrap() {
        let mut rows = Vec::new();
        let count = reader.copy_out(&table, &columns, &mut rows).await.unwrap();
        tables.insert(table, (columns, rows, count));
    }
    let sequences = reader.sequences().await.unwrap();
    Copied { found, tables, sequences }
}

async fn copy_in(copied: &Copied, database: &TestDatabase) -> Result<Inspection, RestoreError> {
    let mut restoring = Restoring::begin(&[schema(database)]).await?;
    let mut writer = restoring.schema(SERVICE, &NEWER, copied.found.schema).await?;
    writer.require(&copied.tables.keys().collect::<Vec<_>>())?;
    for (table, (columns, rows, count)) in &copied.tables {
        assert_eq!(writer.copy_in(table, columns, rows.as_slice()).await?, *count);
    }
    let found = writer.end(&copied.sequences).await?.unwrap();
    restoring.commit().await?;
    Ok(found)
}

const FILL: &str = r"INSERT INTO shelves (label) VALUES ('one'), ('two');
    UPDATE shelves SET above = 2 WHERE id = 1;
    INSERT INTO shelves (label) VALUES ('gone'); DELETE FROM shelves WHERE label = 'gone';
    INSERT INTO books VALUES ('01900000-0000-7000-8000-000000000001', 1,
      E'tab\t newline\n carriage\r backslash \\ \\N \\. quote '' åäö 漢 ' || repeat('x', 300000), '\x000a5c09ff', true),
      ('01900000-0000-7000-8000-000000000002', 2, '', NULL, false);
    INSERT INTO inbox VALUES ('jobs', 'library', 7, 1); UPDATE outbox_counter SET position = 12";
const CONTENT: &str = "SELECT b::text FROM books b UNION ALL SELECT s::text FROM shelves s \
    UNION ALL SELECT i::text FROM inbox i ORDER BY 1";
const REFERENCES: &str = "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
    WHERE connamespace = current_schema()::regnamespace ORDER BY 1";

#[tokio::test]
async fn what_was_copied_out_is_the_same_when_copied_in() {
    let (from, to) = (postgres::database().await, postgres::database().await);
    let first = open(&from, &NEWER).await;
    execute(&first, FILL).await;
    let copied = copy_out(&from).await;
    let found = copy_in(&copied, &to).await.unwrap();
    assert_eq!((&found, found.published, found.consumed["jobs/library"]), (&copied.found, 12, 7));

    let second = open(&to, &NEWER).await;
    for query in [CONTENT, REFERENCES] {
        assert_eq!(texts(&first, query).await, texts(&second, query).await);
    }
    let next = "INSERT INTO shelves (label) VALUES ('next') RETURNING id::text";
    assert_eq!(texts(&second, next).await, ["4"], "a number that was taken once is not taken again");
}

#[tokio::test]
async fn a_copy_of_an_older_schema_is_migrated_no_further_until_it_is_opened() {
    let (from, to) = (postgres::database().await, postgres::database().await);
    execute(&open(&from, &NOTES).await, "INSERT INTO notes (id, body) VALUES (1, 'kept')").await;
    let copied = copy_out(&from).await;
    assert_eq!(copy_in(&copied, &to).await.unwrap().schema, NOTES.newest());
    let migrated = open(&to, &NEWER).await;
    assert_eq!(texts(&migrated, "SELECT body FROM notes").await, ["kept"]);
    assert_eq!(texts(&migrated, "SELECT label FROM shelves").await, [""; 0]);
}

#[tokio::test]
async fn what_is_refused_leaves_nothing_and_what_is_there_is_left_alone() {
    let (from, to) = (postgres::database().await, postgres::database().await);
    execute(&open(&from, &NEWER).await, FILL).await;
    let whole = copy_out(&from).await;
    assert!(matches!(copy_in(&whole, &from).await, Err(RestoreError::NotEmpty(SERVICE))));

    let without = |table: &str| {
        let tables = whole.tables.iter().filter(|(name, _)| *name != table);
        let tables = tables.map(|(name, content)| (name.clone(), content.clone())).collect();
        Copied { found: whole.found.clone(), tables, sequences: BTreeMap::new() }
    };
    let missing = copy_in(&without("books"), &to).await;
    assert!(
        matches!(missing, Err(RestoreError::Tables { ref table, .. }) if table == "books"),
        "{missing:?}"
    );
    let mut broken = without("shelves");
    broken.tables.insert("shelves".to_owned(), (vec!["id".to_owned(), "label".to_owned()], Vec::new(), 0));
    let broken = copy_in(&broken, &to).await;
    assert!(matches!(broken, Err(RestoreError::Schema { .. })), "books refer to no shelf: {broken:?}");
    copy_in(&whole, &to).await.unwrap();
    assert!(matches!(copy_in(&whole, &to).await, Err(RestoreError::NotEmpty(SERVICE))));
}

/// Content that breaks off.
struct Breaking;

impl std::io::Read for Breaking {
    fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("cut"))
    }
}

#[tokio::test]
async fn rows_that_break_off_are_told_and_kept_out() {
    let to = postgres::database().await;
    let mut restoring = Restoring::begin(&[schema(&to)]).await.unwrap();
    let mut writer = restoring.schema(SERVICE, &NEWER, NEWER.newest()).await.unwrap();
    let columns = ["id".to_owned(), "body".to_owned()];
    let told = writer.copy_in("notes", &columns, Breaking).await.unwrap_err();
    assert!(matches!(told, RestoreError::Read { .. }), "{told:?}");
    drop(restoring);
    let settings = DatabaseSettings::Postgres { url: Secret::new(to.url.clone()), max_connections: 1 };
    assert!(metier_db::inspect(&settings, SERVICE).await.unwrap().is_none());
    assert_eq!(texts(&open(&to, &NEWER).await, "SELECT body FROM notes").await, [""; 0]);
}
