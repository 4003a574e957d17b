//! Schedules that services declare: made once, and left alone once a person touched them.

use axum::http::Method;
use metier_contract_scheduler::{Declared, SchedulerClient};
use serde_json::{Value, json};

use crate::world::{World, on_both, wish};

async fn declare(world: &World, interval: &str) -> String {
    let kit = world.sandbox.kit("jobs");
    let client = SchedulerClient::new(kit.link("scheduler").unwrap());
    let definition = json!({
        "start": { "kind": "source.sync", "parameters": { "source": "eures" } },
        "trigger": { "type": "every", "interval": interval },
    });
    let declared = Declared { name: "source-eures".to_owned(), definition, at_once: true };
    client.declare(&kit.ctx(), declared).await.unwrap()
}

fn interval(schedule: &Value) -> &Value {
    &schedule["trigger"]["interval"]
}

#[tokio::test]
async fn a_declaration_is_kept_until_a_person_touches_it() {
    on_both(async |world| {
        assert_eq!(declare(&world, "6h").await, "created");
        assert_eq!(world.fires("source-eures", 1).await[0]["source"], "manual");
        assert_eq!(declare(&world, "6h").await, "unchanged");
        assert_eq!(declare(&world, "12h").await, "updated");
        assert_eq!(interval(&world.get("schedules/source-eures").await), "12h");
        let mine = wish("source-eures", json!({ "trigger": { "type": "every", "interval": "1h" } }));
        world.send(Method::PUT, "schedules/source-eures", Some(mine)).await.expect(200);
        assert_eq!(declare(&world, "12h").await, "unchanged");
        assert_eq!(declare(&world, "24h").await, "kept");
        assert_eq!(interval(&world.get("schedules/source-eures").await), "1h");
        world.send(Method::DELETE, "schedules/source-eures", None).await.expect(204);
        assert_eq!(declare(&world, "24h").await, "unchanged");
        world.send(Method::GET, "schedules/source-eures", None).await.refused(404, "not_found");
        let kit = world.sandbox.kit("jobs");
        let client = SchedulerClient::new(kit.link("scheduler").unwrap());
        assert!(!client.withdraw(&kit.ctx(), "source-eures").await.unwrap());
        assert_eq!(declare(&world, "24h").await, "created");
        assert!(client.withdraw(&kit.ctx(), "source-eures").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_a_person_made_is_never_changed_nor_deleted_by_a_declaration() {
    on_both(async |world| {
        let kit = world.sandbox.kit("jobs");
        let client = SchedulerClient::new(kit.link("scheduler").unwrap());
        let mine = wish("source-eures", json!({ "trigger": { "type": "every", "interval": "1h" } }));
        world.send(Method::POST, "schedules", Some(mine.clone())).await.expect(201);
        assert_eq!(declare(&world, "6h").await, "kept");
        assert_eq!(declare(&world, "12h").await, "kept");
        assert_eq!(interval(&world.get("schedules/source-eures").await), "1h");
        assert!(!client.withdraw(&kit.ctx(), "source-eures").await.unwrap());
        assert_eq!(interval(&world.get("schedules/source-eures").await), "1h");

        world.send(Method::DELETE, "schedules/source-eures", None).await.expect(204);
        assert_eq!(declare(&world, "6h").await, "created");
        world.send(Method::DELETE, "schedules/source-eures", None).await.expect(204);
        world.send(Method::POST, "schedules", Some(mine)).await.expect(201);
        assert_eq!(declare(&world, "12h").await, "kept", "another of the same name and version");
        assert!(!client.withdraw(&kit.ctx(), "source-eures").await.unwrap());
        assert_eq!(interval(&world.get("schedules/source-eures").await), "1h");
    })
    .await;
}

#[tokio::test]
async fn declarations_are_listed_until_they_are_withdrawn() {
    on_both(async |world| {
        let kit = world.sandbox.kit("jobs");
        let client = SchedulerClient::new(kit.link("scheduler").unwrap());
        assert_eq!(declare(&world, "6h").await, "created");
        assert_eq!(client.declared(&kit.ctx(), "source-").await.unwrap(), ["source-eures"]);
        assert!(client.declared(&kit.ctx(), "sync-").await.unwrap().is_empty());
        assert!(client.withdraw(&kit.ctx(), "source-eures").await.unwrap());
        assert!(client.declared(&kit.ctx(), "source-").await.unwrap().is_empty());
        world.send(Method::GET, "schedules/source-eures", None).await.refused(404, "not_found");
    })
    .await;
}
