//! Batches as one statement.

use metier_db::{Backend, Column, DbError, Rows, sql};
use metier_testkit::stores;
use uuid::Uuid;

use crate::NOTES;

#[tokio::test]
async fn a_batch_arrives_as_it_was_sent() {
    for store in stores("notes", &NOTES).await {
        let author = Uuid::from_u128(7);
        let rows = Rows::new()
            .with("id", Column::Int(vec![1, 2]))
            .with("body", Column::Text(vec!["plain".into(), "quote ' \" \\ \u{1} å 🦀".into()]))
            .with("author", Column::OptionalUuid(vec![Some(author), None]));
        let backend = store.database.backend();
        store
            .database
            .write(move |tx| Box::pin(async move { insert(tx, rows, backend).await }))
            .await
            .unwrap();
        let query = "SELECT body FROM notes WHERE id = 2 AND author IS NULL";
        let body = sql::scalar::<String>(store.database.reader(), query, vec![]).await.unwrap();
        assert_eq!(body.as_deref(), Some("quote ' \" \\ \u{1} å 🦀"));
        let query = "SELECT author FROM notes WHERE id = 1";
        assert_eq!(sql::scalar(store.database.reader(), query, vec![]).await.unwrap(), Some(author));
    }
}

async fn insert(tx: &metier_db::Tx, rows: Rows, backend: Backend) -> Result<u64, DbError> {
    let (source, values) = rows.source(backend, 1);
    let statement = format!("INSERT INTO notes (id, body, author) SELECT id, body, author FROM {source}");
    Ok(sql::execute(tx, &statement, values).await?)
}
