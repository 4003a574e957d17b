//! Copies of one moment, and looking without touching.

use std::{
    path::PathBuf,
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
};

use metier_core::Secret;
use metier_db::{
    Database, DatabaseSettings, DbError, Schema, Snapshot, SnapshotError, inspect, snapshot, sql,
};
use metier_testkit::postgres::{self, TestDatabase};

use crate::NOTES;

const FILES: [&str; 2] = ["first", "second"];

async fn open(folder: &std::path::Path, name: &'static str) -> Database {
    Database::open(&DatabaseSettings::Sqlite { folder: folder.to_owned() }, name, &NOTES).await.unwrap()
}

async fn count(database: &Database) -> i64 {
    let query = "SELECT count(*) FROM notes";
    sql::scalar(database.reader(), query, vec![]).await.unwrap().unwrap()
}

async fn add(database: &Database, id: i64) {
    let insert = "INSERT INTO notes (id, body) VALUES ($1, 'kept')";
    let added = database.write::<_, DbError, _>(move |tx| {
        Box::pin(async move {
            // Reads first, as most writes do: the lock has to be there from the start.
            sql::scalar::<i64>(tx, "SELECT count(*) FROM notes", vec![]).await?;
            Ok(sql::execute(tx, insert, vec![id.into()]).await?)
        })
    });
    assert_eq!(added.await.unwrap(), 1);
}

/// Writes to the first and, once that is durable, to the second, until told to stop.
async fn write_in_order(databases: [Database; 2], stop: Arc<AtomicBool>) -> i64 {
    let mut id = 0;
    while !stop.load(Ordering::SeqCst) {
        id += 1;
        add(&databases[0], id).await;
        add(&databases[1], id).await;
    }
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn copies_taken_under_load_are_of_one_moment_and_no_write_fails() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let databases = [open(folder.path(), FILES[0]).await, open(folder.path(), FILES[1]).await];
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(write_in_order(databases.clone(), stop.clone()));
    for round in 0..5 {
        let copies = copies.path().join(round.to_string());
        std::fs::create_dir(&copies).unwrap();
        let file = |name: &str| (folder.path().join(name), copies.join(name));
        let pairs: Vec<(PathBuf, PathBuf)> = FILES.iter().map(|name| file(&format!("{name}.db"))).collect();
        snapshot(&pairs).await.unwrap();
        let first = count(&open(&copies, FILES[0]).await).await;
        let second = count(&open(&copies, FILES[1]).await).await;
        assert!(first == second || first == second + 1, "{first} and {second} were never together");
    }
    stop.store(true, Ordering::SeqCst);
    let written = writing.await.unwrap();
    assert_eq!((count(&databases[0]).await, count(&databases[1]).await), (written, written));
}

async fn open_schema(database: &TestDatabase, name: &'static str) -> Database {
    let url = Secret::new(database.url.clone());
    let settings = DatabaseSettings::Postgres { url, max_connections: 3 };
    Database::open(&settings, name, &NOTES).await.unwrap()
}

fn schema(database: &TestDatabase, service: &'static str) -> Schema {
    Schema { service, url: Secret::new(database.url.clone()) }
}

async fn copied_rows(snapshot: &mut Snapshot, service: &'static str) -> i64 {
    let mut reader = snapshot.schema(service).unwrap();
    let columns = reader.tables().await.unwrap()["notes"].clone();
    let mut rows = Vec::new();
    let count = reader.copy_out("notes", &columns, &mut rows).await.unwrap();
    assert_eq!(count, u64::try_from(rows.iter().filter(|byte| **byte == b'\n').count()).unwrap());
    i64::try_from(count).unwrap()
}

/// Snapshots of two schemas that are written to in order: what is in the second was in the first before.
async fn schemas_are_of_one_moment(databases: [Database; 2], schemas: [Schema; 2]) {
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(write_in_order(databases.clone(), stop.clone()));
    for _ in 0..20 {
        let mut snapshot = Snapshot::begin(&[], &schemas).await.unwrap();
        let second = copied_rows(&mut snapshot, FILES[1]).await;
        let first = copied_rows(&mut snapshot, FILES[0]).await;
        assert!(first == second || first == second + 1, "{first} and {second} were never together");
    }
    stop.store(true, Ordering::SeqCst);
    let written = writing.await.unwrap();
    assert_eq!((count(&databases[0]).await, count(&databases[1]).await), (written, written));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn schemas_of_one_database_are_copied_as_of_one_moment() {
    let database = postgres::database().await;
    let open = [open_schema(&database, FILES[0]).await, open_schema(&database, FILES[1]).await];
    schemas_are_of_one_moment(open, FILES.map(|name| schema(&database, name))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn schemas_of_two_databases_are_copied_as_of_one_moment() {
    let databases = [postgres::database().await, postgres::database().await];
    let open = [open_schema(&databases[0], FILES[0]).await, open_schema(&databases[1], FILES[1]).await];
    let schemas = [schema(&databases[0], FILES[0]), schema(&databases[1], FILES[1])];
    schemas_are_of_one_moment(open, schemas).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_and_a_schema_are_copied_as_of_one_moment() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = postgres::database().await;
    let databases = [open(folder.path(), FILES[0]).await, open_schema(&database, FILES[1]).await];
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn(write_in_order(databases, stop.clone()));
    for round in 0..5 {
        let copies = copies.path().join(round.to_string());
        std::fs::create_dir(&copies).unwrap();
        let pair = (folder.path().join("first.db"), copies.join("first.db"));
        let mut snapshot = Snapshot::begin(&[pair], &[schema(&database, FILES[1])]).await.unwrap();
        let second = copied_rows(&mut snapshot, FILES[1]).await;
        snapshot.copy_files().await.unwrap();
        let first = count(&open(&copies, FILES[0]).await).await;
        assert!(first == second || first == second + 1, "{first} and {second} were never together");
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();
}

#[tokio::test]
async fn a_schema_that_was_not_asked_for_is_not_in_the_snapshot() {
    let database = postgres::database().await;
    let _open = open_schema(&database, "first").await;
    let mut snapshot = Snapshot::begin(&[], &[schema(&database, "second")]).await.unwrap();
    assert!(matches!(snapshot.schema("first").err(), Some(SnapshotError::Absent("first"))));
    assert!(snapshot.schema("second").unwrap().inspect().await.unwrap().is_none());
    assert_eq!(snapshot.made().await.unwrap().into_iter().collect::<Vec<_>>(), ["first"]);
}

#[tokio::test]
async fn a_database_nobody_has_open_is_inspected_without_a_trace() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let settings = DatabaseSettings::Sqlite { folder: copies.path().to_owned() };
    assert!(inspect(&settings, "notes").await.unwrap().is_none());
    let _open = open(folder.path(), "notes").await;
    snapshot(&[(folder.path().join("notes.db"), copies.path().join("notes.db"))]).await.unwrap();
    let found = inspect(&settings, "notes").await.unwrap().unwrap();
    assert_eq!((found.schema, found.damage.len()), (NOTES.newest(), 0));
    assert!(!found.schema.is_newer_than(NOTES.newest()));
    let files: Vec<_> =
        std::fs::read_dir(copies.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(files, ["notes.db"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.db"), "not a database at all, but long enough ".repeat(50))
        .unwrap();
    let settings = DatabaseSettings::Sqlite { folder: folder.path().to_owned() };
    assert_eq!(inspect(&settings, "notes").await.unwrap().unwrap().damage.len(), 1);
}

#[tokio::test]
async fn a_schema_on_postgres_is_inspected_too() {
    let database = metier_testkit::postgres::database().await;
    let settings = DatabaseSettings::Postgres { url: Secret::new(database.url.clone()), max_connections: 2 };
    assert!(inspect(&settings, "notes").await.unwrap().is_none());
    Database::open(&settings, "notes", &NOTES).await.unwrap().close().await;
    assert_eq!(inspect(&settings, "notes").await.unwrap().unwrap().schema, NOTES.newest());
}
