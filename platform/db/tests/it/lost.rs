//! What PostgreSQL ends or refuses: connections that somebody else ends, and texts that it cannot keep.

use metier_core::{Fault, FaultKind};
use metier_db::{DbError, sql};
use metier_testkit::store::postgres;
use sqlx::{Connection, PgConnection};

use crate::NOTES;

/// Ends every connection of the service, as an administrator or a restarting server would.
async fn end_connections(pool: &sqlx::PgPool) {
    let mut other = PgConnection::connect_with(&pool.connect_options()).await.unwrap();
    let query = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended: i64 = sqlx::query_scalar(query).fetch_one(&mut other).await.unwrap();
    assert!(ended > 0);
}

#[tokio::test]
async fn a_connection_that_was_ended_is_told_as_unavailable_and_replaced() {
    let store = postgres("notes", &NOTES).await;
    let database = &store.database;
    let count = || sql::scalar::<i64>(database.reader(), "SELECT count(*) FROM notes", vec![]);
    assert_eq!(count().await.unwrap(), Some(0));
    end_connections(database.postgres_pool().unwrap()).await;
    let mut faults = Vec::new();
    let found = loop {
        match count().await {
            Ok(found) => break found,
            Err(error) => faults.push(Fault::from(DbError::from(error)).kind),
        }
        assert!(faults.len() < 20, "it never recovers: {faults:?}");
    };
    assert_eq!(found, Some(0));
    assert!(faults.iter().all(|kind| *kind == FaultKind::Unavailable), "{faults:?}");
}

#[tokio::test]
async fn a_write_whose_connection_is_ended_is_told_as_unavailable_and_leaves_nothing() {
    let store = postgres("notes", &NOTES).await;
    let database = &store.database;
    let pool = database.postgres_pool().unwrap().clone();
    let write = database.write::<(), DbError, _>(move |tx| {
        Box::pin(async move {
            sql::execute(tx, "INSERT INTO notes (id, body) VALUES (1, 'gone')", vec![]).await?;
            end_connections(&pool).await;
            sql::execute(tx, "INSERT INTO notes (id, body) VALUES (2, 'gone')", vec![]).await?;
            Ok(())
        })
    });
    let error = write.await.unwrap_err();
    assert_eq!(Fault::from(error).kind, FaultKind::Unavailable);
    // The pool may still hold others of the connections that were ended.
    let mut faults = Vec::new();
    loop {
        let again = database.write::<(), DbError, _>(move |tx| {
            Box::pin(async move {
                sql::execute(tx, "INSERT INTO notes (id, body) VALUES (3, 'kept')", vec![]).await?;
                Ok(())
            })
        });
        match again.await {
            Ok(()) => break,
            Err(error) => faults.push(Fault::from(error).kind),
        }
        assert!(faults.len() < 20, "it never recovers: {faults:?}");
    }
    assert!(faults.iter().all(|kind| *kind == FaultKind::Unavailable), "{faults:?}");
    let query = "SELECT min(id) FROM notes";
    assert_eq!(sql::scalar::<i64>(database.reader(), query, vec![]).await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_text_that_postgres_cannot_keep_is_the_senders_fault() {
    let store = postgres("notes", &NOTES).await;
    let write = store.database.write::<(), DbError, _>(|tx| {
        Box::pin(async move {
            sql::execute(tx, "INSERT INTO notes (id, body) VALUES (1, $1)", vec!["a\0b".into()]).await?;
            Ok(())
        })
    });
    let fault = Fault::from(write.await.unwrap_err());
    assert_eq!((fault.kind, &*fault.code), (FaultKind::Invalid, "nul_character"));
}
