//! The schema is the same on both databases.

use metier_db::schema;
use metier_postings::MIGRATIONS;
use metier_testkit::stores;

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let [sqlite, postgres] = stores("postings", &MIGRATIONS).await;
    let (left, right) =
        (schema::tables(&sqlite.database).await.unwrap(), schema::tables(&postgres.database).await.unwrap());
    assert!(left.contains_key("sightings"));
    assert_eq!(left, right);
}
