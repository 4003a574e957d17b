//! Both databases have the same tables.

use metier_db::schema::tables;
use metier_harness::Topology;

use crate::world::World;

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let sqlite = World::on(Topology::AllInOneSqlite, None, &[]).await;
    let server = metier_testkit::postgres::database().await;
    let postgres = World::on(Topology::AllInOnePostgres(server.url.clone()), Some(server), &[]).await;
    let of =
        async |world: &World| tables(&world.sandbox.kit("notifications").database().unwrap()).await.unwrap();
    let (sqlite, postgres) = (of(&sqlite).await, of(&postgres).await);
    assert!(sqlite.contains_key("webhooks") && sqlite.contains_key("deliveries"));
    assert_eq!(sqlite, postgres);
}
