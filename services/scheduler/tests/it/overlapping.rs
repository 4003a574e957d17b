//! What happens when the run before has not ended.

use std::time::Duration;

use serde_json::json;

use crate::{peers::end_run, world::on_both};

const TEN_MINUTES: Duration = Duration::from_mins(10);

#[tokio::test]
async fn a_run_that_goes_on_is_left_alone_or_waited_for_or_cancelled() {
    on_both(async |world| {
        world.schedule("allow", json!({ "overlap": "allow" })).await;
        world.schedule("skip", json!({ "overlap": "skip" })).await;
        world.schedule("cancel", json!({ "overlap": "cancel_previous" })).await;
        for round in 1..=2 {
            world.later(TEN_MINUTES).await;
            for name in ["allow", "skip", "cancel"] {
                world.fires(name, round).await;
            }
        }
        assert_eq!(world.outcomes("allow", 2).await, ["submitted", "submitted"]);
        assert_eq!(world.outcomes("cancel", 2).await, ["submitted", "submitted"]);
        let skipped = world.fires("skip", 2).await[1].clone();
        assert_eq!(skipped["outcome"], "skipped");
        assert!(skipped["reason"].as_str().unwrap().ends_with("which it started before, has not ended"));
        let states = world.engine(|engine| engine.runs.values().map(|run| run.2.clone()).collect::<Vec<_>>());
        assert_eq!(states.iter().filter(|state| *state == "cancelled").count(), 1, "{states:?}");
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_run_starts_when_it_has_ended_one_after_the_other() {
    on_both(async |world| {
        world.schedule("queue", json!({ "overlap": "queue" })).await;
        for round in 1..=3 {
            world.later(TEN_MINUTES).await;
            world.fires("queue", round).await;
        }
        assert_eq!(world.outcomes("queue", 3).await, ["submitted", "queued", "queued"]);
        for (number, expected) in
            [(1, ["submitted", "submitted", "queued"]), (2, ["submitted", "submitted", "submitted"])]
        {
            end_run(world.sandbox.kit("jobs"), number).await;
            let outcomes = async || world.outcomes("queue", 3).await;
            for _ in 0..1_000 {
                if outcomes().await == expected {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(outcomes().await, expected);
        }
    })
    .await;
}
