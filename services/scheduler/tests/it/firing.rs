//! Times that come: each starts one run, whoever is killed or comes second, and says what became of it.

use std::time::Duration;

use axum::http::Method;
use metier_db::{DbError, sql};
use serde_json::{Value, json};

use crate::world::{World, on_both};

const TEN_MINUTES: Duration = Duration::from_mins(10);

#[tokio::test]
async fn each_time_starts_one_run_for_its_owner() {
    on_both(async |world| {
        world.schedule("often", json!({})).await;
        for round in 1..=3 {
            world.later(TEN_MINUTES).await;
            assert_eq!(world.outcomes("often", round).await, vec!["submitted"; round]);
        }
        world.look().await;
        let asked = world.engine(|engine| engine.asked.clone());
        assert_eq!(asked.len(), 3);
        let run = asked[0].run.as_ref().unwrap();
        assert_eq!(
            (run.kind.as_str(), run.items.as_slice()),
            ("fibonacci", [r#"{"iterations":1}"#.to_owned()].as_slice())
        );
        assert!(asked[0].actor.contains("00000000-0000-0000-0000-000000000007"), "{}", asked[0].actor);
        let schedule = world.get("schedules/often").await;
        assert_eq!(schedule["fired"], 3);
    })
    .await;
}

#[tokio::test]
async fn what_was_foretold_is_what_fires() {
    on_both(async |world| {
        world.schedule("often", json!({ "jitter_seconds": 120, "missed": "all" })).await;
        let foretold = world.get("schedules/often/preview?count=6").await;
        world.later(Duration::from_mins(64)).await;
        let fires = world.fires("often", 6).await;
        let times = |list: &[Value]| list.iter().map(|one| one["scheduled_for"].clone()).collect::<Vec<_>>();
        assert_eq!(times(&fires), times(foretold.as_array().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn a_jump_of_the_clock_is_missed_time_and_a_jump_back_repeats_nothing() {
    on_both(async |world| {
        for (name, policy) in [("skip", "skip"), ("one", "one"), ("all", "all")] {
            world.schedule(name, json!({ "missed": policy })).await;
        }
        // The last of the six times is ten minutes ago, so all of them were missed.
        world.later(Duration::from_mins(69)).await;
        let count = |outcomes: Vec<String>| outcomes.iter().filter(|it| *it == "submitted").count();
        assert_eq!(count(world.outcomes("skip", 6).await), 0);
        assert_eq!(count(world.outcomes("one", 6).await), 1);
        assert_eq!(count(world.outcomes("all", 6).await), 6);
        let fires = world.fires("one", 6).await;
        assert_eq!(
            (&fires[5]["outcome"], &fires[0]["reason"]),
            (&json!("submitted"), &json!("missed: a later one runs for it"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_schedule_ends_after_its_runs_and_a_pause_is_not_missed() {
    on_both(async |world| {
        world.schedule("twice", json!({ "max_runs": 2 })).await;
        world.schedule("paused", json!({ "missed": "all" })).await;
        world.send(Method::POST, "schedules/paused/pause", None).await.expect(200);
        for round in 1..=3_usize {
            world.later(TEN_MINUTES).await;
            world.fires("twice", round.min(2)).await;
        }
        assert_eq!(world.get("schedules/twice").await["state"], "ended");
        world.send(Method::POST, "schedules/paused/resume", None).await.expect(200);
        world.later(TEN_MINUTES).await;
        assert_eq!(world.outcomes("paused", 1).await, ["submitted"]);
        assert_eq!(world.fires("twice", 2).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_start_by_hand_is_one_run_of_the_caller_even_when_it_is_paused() {
    on_both(async |world| {
        world.schedule("nightly", json!({})).await;
        world.send(Method::POST, "schedules/nightly/pause", None).await.expect(200);
        world.send(Method::POST, "schedules/nightly/run", None).await.expect(200);
        let fires = world.fires("nightly", 1).await;
        assert_eq!((&fires[0]["source"], &fires[0]["outcome"]), (&json!("manual"), &json!("submitted")));
        assert_eq!(world.get("schedules/nightly").await["fired"], 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_starts_for_an_owner_who_is_disabled_and_the_reason_is_told() {
    on_both(async |world| {
        world.schedule("nightly", json!({ "max_runs": 1 })).await;
        world.engine(|engine| engine.owner_is_disabled = true);
        world.later(TEN_MINUTES).await;
        let fires = world.fires("nightly", 1).await;
        assert_eq!(
            (&fires[0]["outcome"], &fires[0]["reason"]),
            (&json!("skipped"), &json!("its owner is disabled"))
        );
        // What never started is none of its runs.
        world.engine(|engine| engine.owner_is_disabled = false);
        world.later(TEN_MINUTES).await;
        assert_eq!(world.outcomes("nightly", 2).await, ["skipped", "submitted"]);
    })
    .await;
}

#[tokio::test]
async fn what_the_engine_refuses_has_failed_and_what_it_cannot_hear_is_told_again() {
    on_both(async |world| {
        world.schedule("wrong", json!({ "start": { "kind": "forbidden" } })).await;
        world.later(TEN_MINUTES).await;
        let fires = world.fires("wrong", 1).await;
        assert_eq!((&fires[0]["outcome"], &fires[0]["reason"]), (&json!("failed"), &json!("it may not")));
        world.send(Method::DELETE, "schedules/wrong", None).await.expect(204);
        world.schedule("often", json!({})).await;
        world.engine(|engine| engine.is_away = true);
        world.later(TEN_MINUTES).await;
        until_tried(&world).await;
        world.engine(|engine| engine.is_away = false);
        world.later(Duration::from_secs(60)).await;
        assert_eq!(world.outcomes("often", 1).await, ["submitted"]);
        assert_eq!(world.engine(|engine| engine.runs.len()), 1);
    })
    .await;
}

async fn until_tried(world: &World) {
    let database = world.kit().database().unwrap();
    let tried = async || {
        sql::scalar::<i64>(database.reader(), "SELECT tries FROM fires WHERE tries > 0", vec![])
            .await
            .unwrap()
    };
    while tried().await.is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn who_was_killed_between_fire_and_mark_finds_the_same_run() {
    on_both(async |world| {
        world.schedule("often", json!({})).await;
        world.later(TEN_MINUTES).await;
        let first = world.fires("often", 1).await;
        // As the crash left it: the run is submitted, and the mark is not made.
        let request = r#"{"start":{"kind":"fibonacci","parameters":{"iterations":1}},"author":{"actor":{"type":"service","name":"scheduler"},"grants":["*:*"]},"overlap":"allow"}"#;
        let database = world.kit().database().unwrap();
        let undo = database.write(move |tx| {
            Box::pin(async move {
                let statement = "UPDATE fires SET outcome = 'due', run = NULL, run_number = NULL, run_open = 0, \
                                 try_at = 0, settled_at = NULL, request = $1";
                sql::execute(tx, statement, vec![request.into()]).await?;
                tx.signal("schedules");
 Ok::<_, DbError>(())
            })
        });
        undo.await.unwrap();
        let again = world.fires("often", 1).await;
        assert_eq!(again[0]["run"], first[0]["run"]);
        assert_eq!(world.engine(|engine| (engine.runs.len(), engine.asked.len())), (1, 2));
    })
    .await;
}
