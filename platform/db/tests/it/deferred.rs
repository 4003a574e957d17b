//! Writes that are put off: seen by whoever reads, durable when answered, and their caller's alone when they fail.

use metier_db::{Database, DbError, Tx, sql};
use metier_testkit::stores;

use crate::NOTES;

const INSERT: &str = "INSERT INTO notes (id, body) VALUES ($1, $2)";
const UPDATE: &str = "UPDATE notes SET body = $1 WHERE id = $2";

fn insert(tx: &Tx, id: i64, body: &str) {
    tx.append("notes", INSERT, vec![id.into(), body.into()]);
}

async fn bodies(connection: &impl sea_orm::ConnectionTrait) -> Vec<String> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        body: String,
    }
    let rows: Vec<Row> = sql::list(connection, "SELECT body FROM notes ORDER BY id", vec![]).await.unwrap();
    rows.into_iter().map(|row| row.body).collect()
}

async fn put_off(database: &Database, id: i64, body: &'static str) -> Result<(), DbError> {
    let write = database.write(move |tx| {
        Box::pin(async move {
            insert(tx, id, body);
            Ok(())
        })
    });
    write.await
}

#[tokio::test]
async fn what_is_put_off_is_there_for_the_next_query_in_the_order_of_the_calls() {
    for store in stores("notes", &NOTES).await {
        let write = store.database.write(|tx| {
            Box::pin(async move {
                insert(tx, 1, "one");
                insert(tx, 2, "two");
                tx.defer("notes", UPDATE, vec!["first".into(), 1_i64.into()]);
                tx.defer("notes", UPDATE, vec!["second".into(), 1_i64.into()]);
                let seen = bodies(tx).await;
                insert(tx, 3, "three");
                tx.signal("told");
                Ok::<_, DbError>(seen)
            })
        });
        assert_eq!(write.await.unwrap(), ["second", "two"]);
        assert_eq!(bodies(store.database.reader()).await, ["second", "two", "three"]);
    }
}

#[tokio::test]
async fn one_that_fails_fails_its_caller_and_nobody_else() {
    for store in stores("notes", &NOTES).await {
        let writes = (0..64).map(|id| {
            let database = store.database.clone();
            async move { put_off(&database, id, if id == 7 || id == 40 { "" } else { "kept" }).await }
        });
        let answers = futures::future::join_all(writes).await;
        let failed: Vec<usize> =
            answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(id, _)| id).collect();
        assert_eq!(failed, [7, 40]);
        assert_eq!(bodies(store.database.reader()).await.len(), 62);
    }
}

#[tokio::test]
async fn what_was_put_off_by_who_gives_up_is_not_written() {
    for store in stores("notes", &NOTES).await {
        let gives_up = store.database.write::<(), DbError, _>(|tx| {
            Box::pin(async move {
                insert(tx, 1, "gone");
                Err(DbError::Closed)
            })
        });
        let (given_up, written) = tokio::join!(gives_up, put_off(&store.database, 2, "kept"));
        assert!(given_up.is_err());
        written.unwrap();
        assert_eq!(bodies(store.database.reader()).await, ["kept"]);
    }
}
