//! Schedules in a simulated world: several replicas, each with a clock that may be wrong and may be set back, that look
//! at the same times and act on what they saw a while ago, and die at any statement; an engine that is away at times.
//!
//! The scheduler and its SQL are the real ones, on SQLite. After each step every schedule is held against its
//! definition: each time once and none left out, missed ones as its policy says, and runs that overlap only where they
//! may.

mod acts;
mod check;
mod people;
mod world;

use metier_testkit::simulation;

use world::World;

const SEEDS: u64 = 300;
const MANY_SEEDS: u64 = 10_000;

#[test]
fn heavy_whatever_replicas_and_clocks_do_each_time_starts_one_run_as_its_schedule_says() {
    simulation::replay_or_live_through::<World>(SEEDS);
}

#[test]
#[ignore = "takes long: cargo xtask simulate"]
fn heavy_many_more_schedules() {
    simulation::live_through_more::<World>(SEEDS, MANY_SEEDS);
}

#[test]
fn a_seed_of_schedules_always_tells_the_same_story() {
    simulation::assert_stories_are_the_same::<World>();
}

#[test]
fn all_that_can_happen_to_schedules_does_happen() {
    let wanted = [
        "is killed",
        "was faster",
        "its clock is wrong now",
        "the engine is away",
        "starts a run",
        "cancels a run",
        "waits for an earlier time",
        "has not ended",
        "missed: a later one runs for it",
        "missed: the scheduler did not run at that time",
        "its owner is disabled",
        "somebody starts",
        "somebody pauses",
        "somebody resumes",
        "has ended",
    ];
    simulation::assert_it_happens::<World>(60, &wanted);
}

#[test]
fn a_defect_of_schedules_is_found_and_shrunk_to_a_few_steps() {
    let defects = [
        "UPDATE schedules SET fired = fired + 1",
        "UPDATE schedules SET next_at = next_at + 600000000, due_at = due_at + 600000000 WHERE next_at IS NOT NULL",
        "UPDATE fires SET outcome = 'skipped', reason = 'harm', request = NULL, try_at = NULL WHERE outcome = 'due'",
        "UPDATE fires SET scheduled_for = scheduled_for + 1",
        "UPDATE fires SET run_open = 0",
    ];
    simulation::assert_harm_is_found::<World>(&defects, (60, 25));
}
