//! Workflows in a simulated world: documents that follow from a seed, run by the real engine on SQLite while steps fail,
//! signals and approvals come twice or too late, workers and processes die, and runs are cancelled and resumed.
//!
//! A process can die at any statement: what its transaction had done until then is gone, what was committed before is
//! not. After each step the tables are held against the documents; in the end everything must have come to its end.

mod acts;
mod books;
mod check;
mod documents;
mod people;
mod rows;
mod world;

use metier_testkit::simulation;

use world::World;

const SEEDS: u64 = 400;
const MANY_SEEDS: u64 = 20_000;

#[test]
fn heavy_whoever_dies_and_whatever_fails_every_step_comes_in_its_turn_and_every_workflow_ends() {
    simulation::replay_or_live_through::<World>(SEEDS);
}

#[test]
#[ignore = "takes long: cargo xtask simulate"]
fn heavy_many_more_workflows() {
    simulation::live_through_more::<World>(SEEDS, MANY_SEEDS);
}

#[test]
fn a_seed_of_workflows_always_tells_the_same_story() {
    simulation::assert_stories_are_the_same::<World>();
}

#[test]
fn all_that_can_happen_to_workflows_does_happen() {
    let wanted = [
        "is killed",
        "both decide",
        "is sent go: Ok(true)",
        "is sent go: Ok(false)",
        "is sent go: Err(\"run_ended\")",
        "approves: Ok",
        "approves: Err(\"not_an_approver\")",
        "approves: Err(\"not_waiting\")",
        "approves: Err(\"run_ended\")",
        "rejects: Ok",
        "cancels run",
        "resumes run",
        "it stops at once",
        "KillEngine",
        "succeeded in epoch 1",
        "failed in epoch 1",
        "timed_out in epoch 1",
        "cancelled in epoch 1",
        "succeeded in epoch 2",
    ];
    simulation::assert_it_happens::<World>(100, &wanted);
}

#[test]
fn a_defect_of_workflows_is_found_and_shrunk_to_a_few_steps() {
    let defects = [
        "DELETE FROM workflow_due",
        "UPDATE steps SET state = 'succeeded' WHERE state = 'running'",
        "UPDATE steps SET begun_at = 1 WHERE state = 'waiting'",
        "DELETE FROM step_runs",
        "UPDATE results SET value = '0' WHERE value IS NOT NULL",
    ];
    simulation::assert_harm_is_found::<World>(&defects, (60, 25));
}
