//! How a run goes on.

use metier_core::Timestamp;
use serde_json::json;

use super::world::World;
use crate::domain::{
    state::{RunState, TaskState},
    workflow::{
        explain::explain,
        runs::ChildWork,
        standing::{Decision, Stop},
    },
};

#[test]
fn steps_follow_one_another_and_hand_on_what_they_gave() {
    let mut world = World::with_inputs(
        &json!({
            "inputs": {"n": {"type": "integer"}, "m": {"default": 5}},
            "steps": [
                {"name": "a", "kind": "k", "parameters": {"n": "${inputs.n}", "m": "${inputs.m}"}},
                {"name": "b", "needs": ["a"], "kind": "k", "parameters": {"rows": "${steps.a.output.rows}"}},
            ],
        }),
        json!({"n": 7}),
    );
    world.go();
    assert_eq!((world.state("a"), world.state("b")), (TaskState::Running, TaskState::Waiting));
    assert_eq!(world.runs[&1], ChildWork::Tasks(vec![json!({"n": 7, "m": 5})]));
    world.end("a", RunState::Succeeded);
    assert_eq!(world.runs[&2], ChildWork::Tasks(vec![json!({"rows": [1, 2, 3]})]));
    world.end("b", RunState::Succeeded);
    assert!(world.is_over());
}

#[test]
fn a_failure_cuts_off_what_needs_it_and_the_steps_for_it_and_for_the_end_are_done() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "a", "kind": "k"},
            {"name": "b", "kind": "k", "needs": ["a"]},
            {"name": "c", "kind": "k", "needs": ["b"]},
            {"name": "mend", "kind": "k", "needs": ["a"], "after": "failure", "parameters": {"why": "${steps.a.error}"}},
            {"name": "note", "kind": "k", "needs": ["b"], "after": "end"},
        ],
        "on_failure": [{"name": "tell", "kind": "k"}],
        "finally": [{"name": "clean", "kind": "k"}],
    }));
    world.go().end("a", RunState::Failed);
    assert_eq!((world.state("b"), world.state("c")), (TaskState::Skipped, TaskState::Skipped));
    assert_eq!(world.runs[&2], ChildWork::Tasks(vec![json!({"why": "run 1: failed"})]));
    assert_eq!((world.state("mend"), world.state("note")), (TaskState::Running, TaskState::Running));
    assert_eq!((world.state("tell"), world.state("clean")), (TaskState::Waiting, TaskState::Waiting));
    world.end("mend", RunState::Succeeded).end("note", RunState::Succeeded);
    assert_eq!((world.state("tell"), world.state("clean")), (TaskState::Running, TaskState::Waiting));
    world.end("tell", RunState::Failed);
    assert_eq!(world.state("clean"), TaskState::Running);
    world.end("clean", RunState::Succeeded);
    assert!(world.is_over());
}

#[test]
fn a_step_whose_condition_does_not_hold_is_passed_over_and_what_needs_it_goes_on() {
    let mut world = World::new(&json!({
        "inputs": {"full": {"type": "boolean", "default": false}},
        "steps": [
            {"name": "a", "kind": "k", "when": "inputs.full"},
            {"name": "b", "kind": "k", "needs": ["a"], "parameters": {"n": "${steps.a.output.n ?? 0}"}},
            {"name": "c", "kind": "k", "needs": ["a"], "parameters": {"n": "${steps.a.output.n}"}},
        ],
        "on_failure": [{"name": "tell", "kind": "k"}],
    }));
    world.go();
    assert_eq!(world.state("a"), TaskState::Skipped);
    assert_eq!(world.runs[&1], ChildWork::Tasks(vec![json!({"n": 0})]));
    assert_eq!(world.state("c"), TaskState::Failed);
    assert_eq!(world.step("c").failure.as_ref().unwrap().message, "there is no steps.a.output.n");
    world.end("b", RunState::Succeeded);
    assert_eq!(world.state("tell"), TaskState::Running);
}

#[test]
fn a_list_is_one_run_of_many_tasks_and_with_max_parallel_runs_of_their_own() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "wide", "kind": "k", "for_each": [10, 20, 30], "parameters": {"n": "${item}", "i": "${index}"}},
            {"name": "narrow", "kind": "k", "for_each": [10, 20, 30], "max_parallel": 2, "parameters": "${item}"},
            {"name": "none", "kind": "k", "for_each": [], "max_parallel": 2, "parameters": "${item}"},
        ],
    }));
    world.go();
    let tasks = vec![json!({"n": 10, "i": 0}), json!({"n": 20, "i": 1}), json!({"n": 30, "i": 2})];
    assert_eq!(world.runs[&1], ChildWork::Tasks(tasks));
    assert_eq!(world.step("narrow").children.len(), 2);
    assert_eq!(world.state("none"), TaskState::Succeeded);
    world.end_run("narrow", 1, RunState::Failed);
    assert_eq!(world.step("narrow").children.len(), 3);
    assert_eq!(world.runs[&4], ChildWork::Tasks(vec![json!(30)]));
    world.end_run("narrow", 0, RunState::Succeeded);
    assert_eq!(world.state("narrow"), TaskState::Running);
    world.end_run("narrow", 2, RunState::Succeeded);
    let failure = world.step("narrow").failure.clone().unwrap();
    assert_eq!(failure.message, "1 of its 3 runs did not succeed, the first: run 3: failed");
}

#[test]
fn timers_signals_and_approvals_are_waited_for() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "pause", "timer": {"for": "60s"}},
            {"name": "paid", "signal": {"name": "paid", "timeout": "2m"}},
            {"name": "release", "approval": {"who": {"roles": ["operator"]}, "timeout": "3m", "on_timeout": "reject"}},
            {"name": "ship", "needs": ["pause", "paid", "release"], "kind": "k", "parameters": "${steps.paid.output}"},
        ],
    }));
    world.go();
    let sentence = explain(&world.document, &world.facts).unwrap();
    assert_eq!(
        sentence,
        "step pause waits until 1970-01-01T00:17:40Z; step paid waits for the signal paid until 1970-01-01T00:18:40Z; \
         step release waits for the approval of role operator until 1970-01-01T00:19:40Z"
    );
    world.later(60);
    assert_eq!(world.state("pause"), TaskState::Succeeded);
    world.facts.signals.insert("paid".into(), json!({"sum": 5}));
    let position = world.position("release");
    let decision =
        Decision { approved: true, by: "Maria".into(), comment: String::new(), at: Timestamp::EPOCH };
    world.facts.steps[position].decision = Some(decision);
    world.go();
    assert_eq!(world.step("release").output.as_ref().unwrap()["by"], "Maria");
    assert_eq!(world.runs[&1], ChildWork::Tasks(vec![json!({"sum": 5})]));
}

#[test]
fn what_does_not_come_in_time_ends_the_step_as_its_document_says() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "paid", "signal": {"name": "paid", "timeout": "2m"}},
            {"name": "fail", "approval": {"who": {"roles": ["admin"]}, "timeout": "1s"}},
            {"name": "no", "approval": {"who": {"roles": ["admin"]}, "timeout": "1s", "on_timeout": "reject"}},
            {"name": "yes", "approval": {"who": {"roles": ["admin"]}, "timeout": "1s", "on_timeout": "approve"}},
            {"name": "ever", "approval": {"who": {"roles": ["admin"]}}},
        ],
    }));
    world.go().later(120);
    let states = ["paid", "fail", "no", "yes", "ever"].map(|step| world.state(step));
    let wanted = [
        TaskState::TimedOut,
        TaskState::TimedOut,
        TaskState::Failed,
        TaskState::Succeeded,
        TaskState::Waiting,
    ];
    assert_eq!(states, wanted);
}

#[test]
fn a_cancelled_run_stops_its_steps_and_still_cleans_up_and_cancelled_twice_not_even_that() {
    let mut world = World::new(&json!({
        "steps": [{"name": "a", "kind": "k"}, {"name": "b", "kind": "k", "needs": ["a"]}],
        "on_failure": [{"name": "tell", "kind": "k"}],
        "finally": [{"name": "clean", "kind": "k"}, {"name": "last", "kind": "k", "needs": ["clean"]}],
    }));
    world.go().cancel();
    assert_eq!(world.step("a").children[0].state, RunState::Cancelling);
    assert_eq!((world.state("a"), world.state("b")), (TaskState::Running, TaskState::Cancelled));
    world.end("a", RunState::Cancelled);
    assert_eq!((world.state("a"), world.state("tell")), (TaskState::Cancelled, TaskState::Cancelled));
    assert_eq!(world.state("clean"), TaskState::Running);
    world.cancel().end("clean", RunState::Cancelled);
    assert_eq!((world.facts.stop, world.state("last")), (Stop::All, TaskState::Cancelled));
    assert!(world.is_over());
}

#[test]
fn a_run_that_cannot_be_started_fails_its_step() {
    let mut world = World::new(&json!({"steps": [{"name": "a", "kind": "k"}]}));
    world.refuse("a");
    world.go();
    assert_eq!(world.state("a"), TaskState::Failed);
}

#[test]
fn nothing_begins_before_its_time() {
    let mut world = World::new(&json!({"steps": [{"name": "a", "kind": "k"}]}));
    world.facts.run_at = Some(world.facts.now.plus(std::time::Duration::from_secs(5)));
    world.go();
    assert_eq!(world.state("a"), TaskState::Waiting);
    assert_eq!(explain(&world.document, &world.facts).unwrap(), "starts at 1970-01-01T00:16:45Z");
    assert_eq!(world.later(5).state("a"), TaskState::Running);
}
