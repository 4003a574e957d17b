//! What holds for every document and every order of events.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::World;
use crate::domain::{
    state::{RunState, TaskState},
    workflow::{
        document::{Phase, Work},
        resume::Again,
        standing::{Decision, Stop},
    },
};

#[derive(Clone, Debug)]
struct RandomStep {
    needs: Vec<prop::sample::Index>,
    after: u8,
    work: u8,
    when: u8,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<RandomStep>> {
    let step = (proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 0_u8..6, 0_u8..9, 0_u8..6)
        .prop_map(|(needs, after, work, when)| RandomStep { needs, after, work, when });
    proptest::collection::vec(step, 0..most)
}

/// Steps may need those before them, which makes every such document free of rings.
fn written(prefix: &str, steps: &[RandomStep]) -> Vec<Value> {
    let write = |(position, step): (usize, &RandomStep)| {
        let mut needs: Vec<String> = match position {
            0 => Vec::new(),
            _ => step.needs.iter().map(|need| format!("{prefix}{}", need.index(position))).collect(),
        };
        needs.sort();
        needs.dedup();
        let mut value = json!({"name": format!("{prefix}{position}"), "needs": needs});
        if !needs.is_empty() {
            value["after"] =
                json!(["success", "success", "success", "failure", "end", "end"][usize::from(step.after)]);
            if step.when == 1 {
                value["when"] = json!(format!("steps.{}.state == 'succeeded'", needs[0]));
            }
        }
        if step.when == 0 {
            value["when"] = json!("inputs.odd == 1");
        }
        match step.work {
            0 => value["timer"] = json!({"for": "30s"}),
            1 => value["signal"] = json!({"name": "go", "timeout": "50s"}),
            2 => value["approval"] = json!({"who": {"roles": ["admin"]}, "timeout": "70s"}),
            3 => {
                value["kind"] = json!("k");
                value["for_each"] = json!([1, 2, 3, 4]);
                value["max_parallel"] = json!(2);
            }
            4 => {
                value["workflow"] = json!("other");
                value["for_each"] = json!([1, 2]);
            }
            5 => {
                value["kind"] = json!("k");
                value["parameters"] = json!("${inputs.missing}");
            }
            _ => value["kind"] = json!("k"),
        }
        value
    };
    steps.iter().enumerate().map(write).collect()
}

fn world(parts: &(Vec<RandomStep>, Vec<RandomStep>, Vec<RandomStep>)) -> World {
    let mut steps = written("s", &parts.0);
    if steps.is_empty() {
        steps.push(json!({"name": "s0", "kind": "k"}));
    }
    World::new(&json!({
        "steps": steps, "on_failure": written("f", &parts.1), "finally": written("z", &parts.2),
    }))
}

/// Something happens: one open run ends, time passes, a signal comes, somebody decides, the run is cancelled.
fn happen(world: &mut World, (what, which): (u8, usize)) {
    let open: Vec<(usize, usize)> = world
        .facts
        .steps
        .iter()
        .enumerate()
        .flat_map(|(step, standing)| {
            let open = standing.children.iter().enumerate().filter(|(_, child)| !child.state.has_ended());
            open.map(move |(child, _)| (step, child)).collect::<Vec<_>>()
        })
        .collect();
    match what {
        0..=5 if !open.is_empty() => {
            let (step, child) = open[which % open.len()];
            let ends = [
                RunState::Succeeded,
                RunState::Succeeded,
                RunState::Succeeded,
                RunState::Failed,
                RunState::TimedOut,
                RunState::Cancelled,
            ];
            world.facts.steps[step].children[child].state = ends[usize::from(what)];
            world.go();
        }
        6 => drop(world.facts.signals.insert("go".into(), json!(which))),
        7 => {
            let position = which % world.facts.steps.len();
            let standing = &mut world.facts.steps[position];
            if standing.begun_at.is_some() && standing.state == TaskState::Waiting {
                let by = "Maria".to_owned();
                let at = world.facts.now;
                standing.decision =
                    Some(Decision { approved: which.is_multiple_of(2), by, comment: String::new(), at });
            }
        }
        8 if which.is_multiple_of(4) => drop(world.cancel()),
        _ => drop(world.later(20)),
    }
    world.go();
}

/// Time passes and runs succeed until the end.
fn finish(world: &mut World) {
    for round in 0..400 {
        if world.is_over() {
            return;
        }
        happen(world, (0, round));
        world.later(100);
    }
    panic!("it never ends: {:?}", world.facts.steps);
}

/// What holds when everything has ended.
fn assert_whole(world: &World) {
    for ((step, standing), ends) in world.document.steps.iter().zip(&world.facts.steps).zip(&world.ends) {
        assert!(*ends <= 1, "step {} ended {ends} times", step.name);
        assert_eq!(standing.open_children(), 0, "step {} ended before its runs", step.name);
        let is_done = !matches!(standing.state, TaskState::Skipped);
        if step.phase == Phase::Finally
            && step.needs.is_empty()
            && step.when.is_none()
            && world.facts.stop != Stop::All
        {
            assert!(
                is_done && standing.state != TaskState::Cancelled || !standing.children.is_empty(),
                "{step:?} {standing:?}"
            );
        }
    }
}

/// No step is begun before those it needs have ended, and no part before the parts before it.
fn assert_ordered(world: &World) {
    for (step, standing) in world.document.steps.iter().zip(&world.facts.steps) {
        let is_begun = standing.begun_at.is_some() || !standing.children.is_empty();
        let earlier =
            world.document.steps.iter().zip(&world.facts.steps).filter(|(other, _)| other.phase < step.phase);
        if is_begun {
            assert!(
                step.needs.iter().all(|need| !world.state(need).is_open()),
                "{} came too early",
                step.name
            );
            assert!(
                earlier.into_iter().all(|(_, other)| !other.state.is_open()),
                "{} came too early",
                step.name
            );
        }
        if let Work::Runs(runs) = &step.work {
            assert!(runs.max_parallel.is_none_or(|most| standing.open_children() <= most));
        }
    }
}

type Parts = (Vec<RandomStep>, Vec<RandomStep>, Vec<RandomStep>);

fn parts() -> impl Strategy<Value = Parts> {
    (steps(7), steps(3), steps(3))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_step_ends_once_in_order_and_what_is_to_be_done_at_the_end_is(
        parts in parts(),
        events in proptest::collection::vec((0_u8..10, 0_usize..1_000), 0..40),
    ) {
        let mut world = world(&parts);
        world.go();
        for event in events {
            happen(&mut world, event);
            assert_ordered(&world);
        }
        finish(&mut world);
        assert_whole(&world);
    }

    #[test]
    fn a_run_cancelled_twice_ends_as_soon_as_its_runs_do(
        parts in parts(),
        events in proptest::collection::vec((0_u8..8, 0_usize..1_000), 0..20),
    ) {
        let mut world = world(&parts);
        world.go();
        for event in events {
            happen(&mut world, event);
        }
        world.cancel().cancel();
        let begun = world.runs.len();
        for step in 0..world.facts.steps.len() {
            let open = world.facts.steps[step].children.iter_mut().filter(|child| !child.state.has_ended());
            open.for_each(|child| child.state = RunState::Cancelled);
        }
        world.go();
        prop_assert!(world.is_over(), "{:?}", world.facts.steps);
        prop_assert_eq!(world.runs.len(), begun, "nothing new is started");
    }

    #[test]
    fn a_resumed_run_leaves_alone_what_succeeded_and_does_not_depend_on_a_failure(
        parts in parts(),
        events in proptest::collection::vec((0_u8..9, 0_usize..1_000), 0..40),
    ) {
        let mut world = world(&parts);
        world.go();
        for event in events {
            happen(&mut world, event);
        }
        finish(&mut world);
        let before = world.facts.steps.clone();
        let again = world.resume();
        prop_assert_eq!(again.is_empty(), !before.iter().any(|standing| standing.is_bad()));
        for (position, step) in world.document.steps.iter().enumerate() {
            let how = again.iter().find(|(name, _)| *name == step.name).map(|(_, how)| *how);
            let depends = step.needs.iter().any(|need| again.iter().any(|(name, _)| name == need));
            prop_assert!(!before[position].is_bad() || how.is_some(), "what failed is done again");
            prop_assert!(!depends || how == Some(Again::Restart), "what depends on it begins anew");
        }
        world.go();
        finish(&mut world);
        assert_whole(&world);
    }
}
