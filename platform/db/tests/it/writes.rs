//! What a write promises.

use metier_db::{Database, DbError, sql};
use metier_testkit::stores;

use crate::NOTES;

async fn write_note(database: &Database, id: i64, body: &'static str) -> Result<(), DbError> {
    database
        .write(move |tx| {
            Box::pin(async move {
                let insert = "INSERT INTO notes (id, body) VALUES ($1, $2)";
                sql::execute(tx, insert, vec![id.into(), body.into()]).await?;
                Ok(())
            })
        })
        .await
}

async fn count(database: &Database) -> i64 {
    sql::scalar(database.reader(), "SELECT count(*) FROM notes", vec![]).await.unwrap().unwrap()
}

#[tokio::test]
async fn of_64_callers_two_fail_and_62_are_durable_when_answered() {
    for store in stores("notes", &NOTES).await {
        let bodies = (0..64).map(|id| (id, if id == 7 || id == 40 { "" } else { "kept" }));
        let writes = bodies.map(|(id, body)| {
            let database = store.database.clone();
            async move {
                let answer = write_note(&database, id, body).await;
                let found = sql::scalar::<i64>(
                    database.reader(),
                    "SELECT id FROM notes WHERE id = $1",
                    vec![id.into()],
                );
                assert_eq!(
                    found.await.unwrap().is_some(),
                    answer.is_ok(),
                    "an answer comes after the commit"
                );
                answer
            }
        });
        let answers = futures::future::join_all(writes).await;
        let failed: Vec<_> =
            answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(id, _)| id).collect();
        assert_eq!(failed, [7, 40]);
        assert_eq!(count(&store.database).await, 62);
    }
}

#[tokio::test]
async fn a_panicking_write_harms_nobody_else() {
    for store in stores("notes", &NOTES).await {
        let panicking = store.database.write::<(), DbError, _>(|tx| {
            Box::pin(async move {
                sql::execute(tx, "INSERT INTO notes (id, body) VALUES (1, 'gone')", vec![]).await?;
                panic!("in the middle of a write")
            })
        });
        let (panicked, written) = tokio::join!(panicking, write_note(&store.database, 2, "kept"));
        assert!(panicked.is_err());
        written.unwrap();
        assert_eq!(count(&store.database).await, 1);
    }
}

#[tokio::test]
async fn a_write_goes_on_when_its_caller_stops_waiting() {
    for store in stores("notes", &NOTES).await {
        let mut kept = store.database.signals().subscribe("kept");
        let write = store.database.write::<(), DbError, _>(|tx| {
            Box::pin(async move {
                sql::execute(tx, "INSERT INTO notes (id, body) VALUES (1, 'kept')", vec![]).await?;
                tx.signal("kept");
                Ok(())
            })
        });
        drop(futures::future::select(Box::pin(write), Box::pin(tokio::task::yield_now())).await);
        // A listener that has only just come to its server wakes everybody: it cannot know what it missed.
        while count(&store.database).await == 0 {
            kept.wait().await;
        }
        assert_eq!(count(&store.database).await, 1);
    }
}
