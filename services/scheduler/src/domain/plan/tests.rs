//! What was foretold is what happens, and no time is lost or fires twice, however the clock moves.

use metier_core::{Actor, Grants, Id, WorkspaceId};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::{
    calendar::{Calendar, Window},
    schedule::Definition,
};

fn schedule(definition: serde_json::Value, now: Timestamp) -> (Schedule, Beat) {
    let mut whole = json!({ "start": { "kind": "fibonacci" } });
    whole.as_object_mut().unwrap().extend(definition.as_object().unwrap().clone());
    let definition: Definition = serde_json::from_value(whole).unwrap();
    let beat = definition.trigger.read(now).unwrap();
    let next_at = definition.next(&beat, now);
    let schedule = Schedule {
        id: Id::from_uuid(uuid::Uuid::from_u128(3)),
        workspace: WorkspaceId::DEFAULT,
        owner: None,
        name: "test".into(),
        definition,
        actor: Actor::Anonymous,
        grants: Grants::default(),
        fired: 0,
        next_at,
        paused_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    (schedule, beat)
}

fn every(seconds: u64, more: serde_json::Value) -> (Schedule, Beat) {
    let mut definition = json!({
        "trigger": { "type": "every", "interval": format!("{seconds}s"), "anchor": "1970-01-01T00:00:00Z" },
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    schedule(definition, Timestamp::EPOCH)
}

fn fires(plan: &Plan) -> Vec<i64> {
    let fires = plan.times.iter().filter(|time| time.verdict == Verdict::Fire);
    fires.map(|time| time.scheduled_for.seconds()).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

#[test]
fn missed_times_are_skipped_or_one_or_all_of_them_run() {
    let now = at(3_600 + 5);
    for (policy, expected) in [
        ("skip", vec![3_600]),
        ("one", vec![3_000, 3_600]),
        ("all", vec![600, 1_200, 1_800, 2_400, 3_000, 3_600]),
    ] {
        let (schedule, beat) = every(600, json!({ "missed": policy }));
        let plan = plan(&schedule, &beat, &Blackouts::default(), now);
        assert_eq!((fires(&plan), plan.missed, plan.times.len()), (expected, 5, 6), "{policy}");
        assert_eq!(plan.next_at, Some(at(4_200)));
    }
}

#[test]
fn of_very_many_missed_times_the_latest_are_looked_at() {
    let (schedule, beat) = every(1, json!({ "missed": "all" }));
    let plan = plan(&schedule, &beat, &Blackouts::default(), at(10_000_000));
    assert_eq!((plan.times.len(), plan.more), (MAX_MISSED, true));
    assert_eq!(plan.times.last().unwrap().scheduled_for, at(10_000_000));
    assert_eq!(plan.next_at, Some(at(10_000_001)));
}

#[test]
fn a_clock_that_goes_back_fires_nothing_again() {
    let (mut schedule, beat) = every(600, json!({}));
    let first = plan(&schedule, &beat, &Blackouts::default(), at(1_200));
    schedule.next_at = first.next_at;
    assert_eq!(plan(&schedule, &beat, &Blackouts::default(), at(30)).times, Vec::new());
    assert_eq!(fires(&plan(&schedule, &beat, &Blackouts::default(), at(1_801))), [1_800]);
}

#[test]
fn it_ends_after_its_last_run_and_at_its_end() {
    let (schedule, beat) = every(600, json!({ "max_runs": 2, "missed": "all" }));
    let both = plan(&schedule, &beat, &Blackouts::default(), at(6_000));
    assert_eq!((fires(&both), both.next_at), (vec![600, 1_200], None));
    let (schedule, beat) = every(600, json!({ "end_at": "1970-01-01T00:20:00Z" }));
    assert_eq!(plan(&schedule, &beat, &Blackouts::default(), at(1_200)).next_at, None);
}

#[test]
fn jitter_is_the_same_each_time_and_within_its_bounds() {
    let (schedule, _) = every(600, json!({ "jitter_seconds": 30 }));
    let moved: Vec<_> = (1..200).map(|step| schedule.jitter(at(step * 600))).collect();
    assert!(moved.iter().all(|jitter| *jitter <= Duration::from_secs(30)));
    assert!(moved.iter().collect::<std::collections::BTreeSet<_>>().len() > 150, "it should spread");
    assert_eq!(schedule.jitter(at(600)), schedule.clone().jitter(at(600)));
}

fn nights() -> Blackouts {
    let window = Window { starts: Some("22:00".into()), ends: Some("06:00".into()), ..Window::default() };
    Blackouts::of(&[Calendar {
        id: Id::from_uuid(uuid::Uuid::nil()),
        workspace: WorkspaceId::DEFAULT,
        name: "nights".into(),
        zone: "America/New_York".into(),
        windows: vec![window],
        version: 1,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
    }])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The loop looks at moments of its own, late and early, and the clock jumps back; what fires is what the preview
    /// said, each time once and in order.
    #[test]
    fn what_the_preview_foretold_is_what_fires(
        expression in "(\\*/[1-9]|[0-5]?[0-9]) (\\*|1?[0-9]|\\*/[2-6]) \\* \\* \\*",
        start in 1_577_836_800_i64..1_893_456_000,
        jitter in 0_u64..900,
        looks in prop::collection::vec(-600_i64..40_000, 1..40),
        max_runs in prop::option::of(1_i64..20),
    ) {
        let mut definition = json!({
            "trigger": { "type": "cron", "expression": expression, "zone": "Europe/Stockholm" },
            "jitter_seconds": jitter,
            "missed": "all",
        });
        if let Some(limit) = max_runs {
            definition["max_runs"] = limit.into();
        }
        let (mut schedule, beat) = schedule(definition, at(start));
        let foretold = preview(&schedule, &beat, &nights(), 5_000);
        let (mut now, mut happened, mut lost) = (at(start), Vec::new(), false);
        for look in looks {
            now = Timestamp::from_seconds(now.seconds() + look);
            let plan = plan(&schedule, &beat, &nights(), now);
            lost |= plan.more;
            schedule.fired += i64::try_from(plan.runs()).unwrap();
            schedule.next_at = plan.next_at;
            happened.extend(plan.times.into_iter().map(|time| (time.scheduled_for, time.verdict)));
        }
        prop_assert!(happened.windows(2).all(|pair| pair[0].0 < pair[1].0));
        if !lost {
            let foretold: Vec<_> =
                foretold.into_iter().map(|time| (time.scheduled_for, time.verdict)).take(happened.len()).collect();
            prop_assert_eq!(happened, foretold);
        }
    }
}
