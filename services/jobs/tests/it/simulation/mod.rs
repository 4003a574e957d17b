//! The engine in a simulated world: virtual time, messages that are dropped, late, repeated and out of order, workers
//! and processes that die. All of it follows from a seed.
//!
//! The engine and its SQL are the real ones, on SQLite; time, randomness, network and workers are simulated. After each
//! step every table is held against a model: each task in one place, counters that agree, one recorded outcome in an
//! epoch, the fence, the times of leases. A seed that fails is shrunk to the steps that matter, and told.
//!
//! `METIER_TEST_SIMULATION_SEED=17` replays one seed; `METIER_TEST_SIMULATION_SEEDS` and `_STEPS` say how much is done.

mod check;
mod model;
mod network;
mod plan;
mod requests;
mod worker;
mod world;

use std::{
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use futures::FutureExt;
use metier_jobs::Config;
use metier_testkit::store::sqlite;
use tempfile::TempDir;

use crate::bed::Bed;
use model::Held;
use plan::{Step, plan};
use world::World;

const SEEDS: u64 = 2_000;
const MANY_SEEDS: u64 = 50_000;
const STEPS: u64 = 50;
const SEED: &str = "METIER_TEST_SIMULATION_SEED";
const COUNT: &str = "METIER_TEST_SIMULATION_SEEDS";
const LENGTH: &str = "METIER_TEST_SIMULATION_STEPS";
/// Tries to find fewer steps that fail.
const SHRINKS: usize = 400;

/// A schema with one kind in it: every world begins as a copy of it.
struct Origin {
    folder: TempDir,
    sabotage: Option<&'static str>,
}

impl Origin {
    async fn make() -> Self {
        let folder = scratch();
        let store = sqlite("jobs", &metier_jobs::MIGRATIONS).await;
        let database = store.database.clone();
        let bed = Bed::on(store, Config::default()).await;
        let file = folder.path().join("jobs.db");
        let statement = format!("VACUUM INTO '{}'", file.display());
        sea_orm::ConnectionTrait::execute_unprepared(database.reader(), &statement).await.unwrap();
        drop(bed);
        Self { folder, sabotage: None }
    }

    /// Lives through a plan. Answers the story, and how it ended.
    async fn live(&self, seed: u64, steps: &[Step]) -> (Vec<String>, Held) {
        let folder = scratch();
        std::fs::copy(self.folder.path().join("jobs.db"), folder.path().join("jobs.db")).unwrap();
        let mut world = World::on(folder.path(), seed).await.unwrap();
        world.sabotage = self.sabotage;
        let lived = AssertUnwindSafe(live(&mut world, steps)).catch_unwind().await;
        let end = lived.unwrap_or_else(|_| Err("it panicked".into()));
        (world.story, end)
    }

    /// The fewest steps found that still fail: chunks are left out, ever smaller ones.
    async fn shrink(&self, seed: u64, mut steps: Vec<Step>) -> Vec<Step> {
        let (mut size, mut tries) = (steps.len() / 2, 0);
        while size > 0 && tries < SHRINKS {
            let mut start = 0;
            while start < steps.len() && tries < SHRINKS {
                let mut fewer = steps.clone();
                fewer.drain(start..steps.len().min(start + size));
                tries += 1;
                match self.live(seed, &fewer).await.1 {
                    Err(_) => steps = fewer,
                    Ok(()) => start += size,
                }
            }
            size /= 2;
        }
        steps
    }

    /// Lives through a seed; `Err` tells how to see it again, and the shortest story of it.
    async fn holds(&self, seed: u64, steps: usize) -> Held {
        let all = plan(seed, steps);
        let Err(broken) = self.live(seed, &all).await.1 else { return Ok(()) };
        let fewest = self.shrink(seed, all).await;
        let (story, again) = self.live(seed, &fewest).await;
        let again = again.err().unwrap_or_else(|| broken.clone());
        let (count, story) = (fewest.len(), story.join("\n  "));
        Err(format!(
            "seed {seed}: {broken}\nshrunk from {steps} steps to {count}: {again}\n  {story}\n\
             replay: {SEED}={seed} {LENGTH}={steps} cargo test -p metier-jobs --test it simulation"
        ))
    }
}

async fn live(world: &mut World, steps: &[Step]) -> Held {
    for step in steps {
        world.step(*step).await?;
    }
    world.heal().await
}

/// In memory where the machine offers that: what is simulated here is not the disk.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in::<PathBuf>(folder).unwrap()
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text:?}")))
}

fn steps() -> usize {
    usize::try_from(number(LENGTH, STEPS)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn heavy_whatever_is_lost_late_repeated_or_killed_the_tables_are_what_they_must_be() {
    match std::env::var(SEED) {
        Ok(_) => println!("{}", replay(number(SEED, 0))),
        Err(_) => live_through(0..number(COUNT, SEEDS)),
    }
}

#[test]
#[ignore = "takes long: cargo xtask simulate"]
fn heavy_many_more_worlds() {
    live_through(SEEDS..SEEDS + number(COUNT, MANY_SEEDS));
}

/// One seed's story; panics with the shortest one when it fails.
fn replay(seed: u64) -> String {
    runtime().block_on(async {
        let origin = Origin::make().await;
        origin.holds(seed, steps()).await.unwrap_or_else(|story| panic!("{story}"));
        origin.live(seed, &plan(seed, steps())).await.0.join("\n")
    })
}

/// Lives through these seeds, as many at a time as there are cores.
fn live_through(seeds: Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| take_turns(&next, seeds.end))).collect();
        for thread in threads {
            thread.join().unwrap().unwrap_or_else(|story| panic!("{story}"));
        }
    });
}

/// Takes seed after seed until there are no more.
fn take_turns(next: &AtomicU64, end: u64) -> Held {
    runtime().block_on(async {
        let origin = Origin::make().await;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return Ok(());
            }
            origin.holds(seed, steps()).await.inspect_err(|_| next.store(end, Ordering::Relaxed))?;
        }
    })
}

#[test]
fn a_seed_always_tells_the_same_story() {
    runtime().block_on(async {
        let origin = Origin::make().await;
        for seed in 0..5 {
            let plan = plan(seed, steps());
            let (first, second) = (origin.live(seed, &plan).await, origin.live(seed, &plan).await);
            assert_eq!(first, second);
            assert!(first.0.len() > steps() / 3, "little happens: {:?}", first.0);
        }
    });
}

#[test]
fn all_that_can_happen_does_happen() {
    let all = runtime().block_on(async {
        let (origin, mut all) = (Origin::make().await, String::new());
        for seed in 0..100 {
            all.push_str(&origin.live(seed, &plan(seed, steps())).await.0.join("\n"));
        }
        all
    });
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
    ];
    let missing: Vec<_> = wanted.iter().filter(|wanted| !all.contains(**wanted)).collect();
    assert!(missing.is_empty(), "it never came to {missing:?}");
}

#[test]
fn a_defect_is_found_and_shrunk_to_a_few_steps() {
    let defects = [
        "DELETE FROM ready WHERE task IN (SELECT min(task) FROM ready)",
        "UPDATE leases SET expires_at = expires_at + 1",
        "UPDATE runs SET ready = ready + 1, size = size + 1 WHERE ready > 0",
        "UPDATE attempts SET state = 'failed' WHERE state = 'succeeded'",
        "UPDATE limits SET in_use = in_use + 1",
    ];
    runtime().block_on(async {
        let mut origin = Origin::make().await;
        for defect in defects {
            origin.sabotage = Some(defect);
            let mut story = None;
            for seed in 0..50 {
                story = origin.holds(seed, steps()).await.err();
                if story.is_some() {
                    break;
                }
            }
            let story = story.unwrap_or_else(|| panic!("never found: {defect}"));
            assert!(story.lines().count() < 20, "shrunk too little: {story}");
        }
    });
}
