//! The engine in a simulated world: virtual time, messages that are dropped, late, repeated and out of order, workers
//! and processes that die. All of it follows from a seed.
//!
//! The engine and its SQL are the real ones, on SQLite; time, randomness, network and workers are simulated. After each
//! step every table is held against a model: each task in one place, counters that agree, one recorded outcome in an
//! epoch, the fence, the times of leases, slots and tokens of limited keys. See `metier_testkit::simulation`.

mod acts;
mod check;
mod limits;
mod model;
mod network;
mod requests;
mod worker;
mod world;

use std::path::Path;

use metier_jobs::Config;
use metier_testkit::{simulation, store::sqlite};

use crate::bed::Bed;
use world::World;

const SEEDS: u64 = 1_300;
const MANY_SEEDS: u64 = 50_000;

/// A schema with one kind in it: what every world begins with.
pub async fn schema_into(folder: &Path) {
    let store = sqlite("jobs", &metier_jobs::MIGRATIONS).await;
    let database = store.database.clone();
    let bed = Bed::on(store, Config::default()).await;
    let statement = format!("VACUUM INTO '{}'", folder.join("jobs.db").display());
    sea_orm::ConnectionTrait::execute_unprepared(database.reader(), &statement).await.unwrap();
    drop(bed);
}

#[test]
fn heavy_whatever_is_lost_late_repeated_or_killed_the_tables_are_what_they_must_be() {
    simulation::replay_or_live_through::<World>(SEEDS);
}

#[test]
#[ignore = "takes long: cargo xtask simulate"]
fn heavy_many_more_worlds() {
    simulation::live_through_more::<World>(SEEDS, MANY_SEEDS);
}

#[test]
fn a_seed_always_tells_the_same_story() {
    simulation::assert_stories_are_the_same::<World>();
}

#[test]
fn all_that_can_happen_does_happen() {
    let wanted = [
        "succeeded in epoch 1",
        "failed in epoch 1",
        "timed_out in epoch 1",
        "cancelled in epoch 1",
        "lost in epoch 1",
        "skipped in epoch 1",
        "succeeded in epoch 2",
        "accepted [true",
        "accepted [false",
        "reason: \"cancelled\"",
        "reason: \"timed_out\"",
        "heard None",
        "KillEngine",
        "lost: Request",
        "lost: Answer",
        "a second submission",
        "waits for a token of paced",
        "waits for a token of strict",
    ];
    simulation::assert_it_happens::<World>(100, &wanted);
}

#[test]
fn a_defect_is_found_and_shrunk_to_a_few_steps() {
    let defects = [
        "DELETE FROM ready WHERE task IN (SELECT min(task) FROM ready)",
        "UPDATE leases SET expires_at = expires_at + 1",
        "UPDATE runs SET ready = ready + 1, size = size + 1 WHERE ready > 0",
        "UPDATE attempts SET state = 'failed' WHERE state = 'succeeded'",
        "UPDATE limits SET in_use = in_use + 1",
        "UPDATE limits SET next_token_at = next_token_at - 1000000 WHERE next_token_at > 0",
    ];
    simulation::assert_harm_is_found::<World>(&defects, (50, 20));
}
