//! Beginning again with what did not succeed.

use serde_json::json;

use super::world::World;
use crate::domain::{
    state::{RunState, TaskState},
    workflow::resume::Again,
};

#[test]
fn only_what_failed_and_what_depends_on_it_is_done_again() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "a", "kind": "k"},
            {"name": "b", "kind": "k", "needs": ["a"]},
            {"name": "c", "kind": "k", "needs": ["b"]},
            {"name": "d", "kind": "k", "needs": ["a"]},
            {"name": "e", "kind": "k", "needs": ["b"], "after": "failure"},
        ],
        "finally": [{"name": "clean", "kind": "k"}],
    }));
    world.go().end("a", RunState::Succeeded).end("b", RunState::Failed).end("d", RunState::Succeeded);
    world.end("e", RunState::Succeeded).end("clean", RunState::Succeeded);
    assert!(world.is_over());
    let again = world.resume();
    let names: Vec<(&str, Again)> = again.iter().map(|(name, how)| (name.as_str(), *how)).collect();
    assert_eq!(
        names,
        [("b", Again::GoOn), ("c", Again::Restart), ("e", Again::Restart), ("clean", Again::Restart)]
    );
    world.go().end("b", RunState::Succeeded).end("c", RunState::Succeeded).end("clean", RunState::Succeeded);
    assert!(world.is_over());
    assert_eq!((world.state("c"), world.state("e")), (TaskState::Succeeded, TaskState::Skipped));
    assert!(world.resume().is_empty(), "nothing is left to be done again");
}

#[test]
fn a_rejected_approval_is_asked_for_again() {
    let mut world = World::new(&json!({
        "steps": [
            {"name": "ask", "approval": {"who": {"roles": ["admin"]}, "timeout": "1s"}},
            {"name": "ship", "kind": "k", "needs": ["ask"]},
        ],
    }));
    world.go().later(1);
    assert!(world.is_over());
    assert_eq!(world.resume(), [("ask".to_owned(), Again::Restart), ("ship".to_owned(), Again::Restart)]);
    world.go();
    assert_eq!(world.state("ask"), TaskState::Waiting);
}
