//! Wake-ups come with commits.

use metier_db::{Database, DbError};
use metier_testkit::stores;

use crate::NOTES;

async fn signal(database: &Database, name: &'static str, keep: bool) {
    let write = database.write::<(), DbError, _>(move |tx| {
        Box::pin(async move {
            tx.signal(name);
            if keep { Ok(()) } else { Err(DbError::Closed) }
        })
    });
    assert_eq!(write.await.is_ok(), keep);
}

#[tokio::test]
async fn a_committed_signal_is_heard_and_a_rolled_back_one_is_not() {
    for store in stores("notes", &NOTES).await {
        let mut first = store.database.signals().subscribe("first");
        let mut last = store.database.signals().subscribe("last");
        signal(&store.database, "last", false).await;
        signal(&store.database, "first", true).await;
        first.wait().await;
        let unheard = futures::poll!(Box::pin(last.wait()));
        if store.database.backend() == metier_db::Backend::Sqlite {
            assert!(unheard.is_pending());
        }
        signal(&store.database, "last", true).await;
        last.wait().await;
    }
}
