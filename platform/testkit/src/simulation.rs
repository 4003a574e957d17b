//! Simulated worlds: a service as it is, and around it a world in which time, people and misfortune follow from a seed.
//!
//! A plan is a list of steps, each with the choices it makes and not what it chooses from. So any part of a plan is a
//! plan too, and one that fails is shrunk to the steps that matter before it is told.
//!
//! `METIER_TEST_SIMULATION_SEED=17` replays one seed; `METIER_TEST_SIMULATION_SEEDS` and `_STEPS` say how much is done.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a machine that is not prepared fails the test, and a test tells how much it did"
)]

mod plan;

use std::{
    fmt::Debug,
    marker::PhantomData,
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use futures::FutureExt;
use tempfile::TempDir;

pub use plan::{Choices, Step, plan};

const SEED: &str = "METIER_TEST_SIMULATION_SEED";
const COUNT: &str = "METIER_TEST_SIMULATION_SEEDS";
const LENGTH: &str = "METIER_TEST_SIMULATION_STEPS";
/// Tries to find fewer steps that fail.
const SHRINKS: usize = 400;

/// Says what is broken.
pub type Held<T = ()> = Result<T, String>;

/// Breaks off when something does not hold.
#[macro_export]
macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err(format!($($words)+));
        }
    };
}

/// A world that can be lived through.
pub trait World: Sized {
    /// What can happen in it.
    type Act: Copy + Debug + Eq + 'static;
    /// How often each act happens, of the sum of all.
    const ACTS: &'static [(Self::Act, u32)];
    /// What every plan begins with.
    const FIRST: &'static [Self::Act];
    /// How many steps a plan has.
    const STEPS: usize;
    /// The command that lives through it, for whoever wants to see a seed again.
    const COMMAND: &'static str;

    /// Puts into the folder what every world of this sort begins with a copy of.
    fn prepare(folder: &Path) -> impl Future<Output = ()>;

    /// Begins, in a folder of its own.
    fn begin(folder: &Path, seed: u64) -> impl Future<Output = Held<Self>>;

    /// Does one step, and checks everything that must hold then.
    fn step(&mut self, act: Self::Act, choices: &mut Choices) -> impl Future<Output = Held>;

    /// From here on all goes well: everything must come to its end, and the books must close.
    fn heal(&mut self) -> impl Future<Output = Held>;

    /// What happened, line by line.
    fn story(&mut self) -> &mut Vec<String>;

    /// Does this harm now and then: to see that it is noticed.
    fn sabotage(&mut self, harm: &'static str);
}

/// Worlds that all begin alike.
pub struct Worlds<W> {
    origin: TempDir,
    /// What is done to each of them.
    pub harm: Option<&'static str>,
    sort: PhantomData<W>,
}

impl<W: World> Worlds<W> {
    /// Makes what they begin with.
    pub async fn prepared() -> Self {
        let origin = scratch();
        W::prepare(origin.path()).await;
        Self { origin, harm: None, sort: PhantomData }
    }

    /// The plan of a seed.
    pub fn plan(seed: u64) -> Vec<Step<W::Act>> {
        plan(seed, steps::<W>(), (W::ACTS, W::FIRST))
    }

    /// Lives through a plan. Answers the story, and how it ended.
    pub async fn live(&self, seed: u64, steps: &[Step<W::Act>]) -> (Vec<String>, Held) {
        let folder = scratch();
        self.copy_into(folder.path());
        let mut world = match W::begin(folder.path(), seed).await {
            Ok(world) => world,
            Err(broken) => return (Vec::new(), Err(broken)),
        };
        if let Some(harm) = self.harm {
            world.sabotage(harm);
        }
        let lived = AssertUnwindSafe(live(&mut world, steps)).catch_unwind().await;
        let end = lived.unwrap_or_else(|_| Err("it panicked".into()));
        (std::mem::take(world.story()), end)
    }

    fn copy_into(&self, folder: &Path) {
        for entry in std::fs::read_dir(self.origin.path()).expect("the folder is there") {
            let path = entry.expect("its files can be listed").path();
            let name = path.file_name().expect("a file has a name");
            std::fs::copy(&path, folder.join(name)).expect("a file can be copied");
        }
    }

    /// The fewest steps found that still fail: chunks are left out, ever smaller ones.
    async fn shrink(&self, seed: u64, mut steps: Vec<Step<W::Act>>) -> Vec<Step<W::Act>> {
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

    /// Lives through a seed.
    ///
    /// # Errors
    /// Tells how to see it again, and the shortest story of it.
    pub async fn holds(&self, seed: u64) -> Held {
        let all = Self::plan(seed);
        let Err(broken) = self.live(seed, &all).await.1 else { return Ok(()) };
        let fewest = self.shrink(seed, all).await;
        let (story, again) = self.live(seed, &fewest).await;
        let again = again.err().unwrap_or_else(|| broken.clone());
        let (steps, count, story) = (steps::<W>(), fewest.len(), story.join("\n  "));
        Err(format!(
            "seed {seed}: {broken}\nshrunk from {steps} steps to {count}: {again}\n  {story}\n\
             replay: {SEED}={seed} {LENGTH}={steps} {}",
            W::COMMAND
        ))
    }
}

async fn live<W: World>(world: &mut W, steps: &[Step<W::Act>]) -> Held {
    for step in steps {
        world.step(step.act, &mut step.choices()).await?;
    }
    world.heal().await
}

/// In memory where the machine offers that: what is simulated here is not the disk.
fn scratch() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in::<PathBuf>(folder).expect("a folder can be made")
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text:?}")))
}

fn steps<W: World>() -> usize {
    usize::try_from(number(LENGTH, W::STEPS as u64)).unwrap_or(W::STEPS)
}

/// A thread's own runtime: nothing in a world runs beside anything else.
pub fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime can be made")
}

/// Replays the seed that the environment names, or lives through these, unless it says how many.
pub fn replay_or_live_through<W: World>(seeds: u64) {
    match std::env::var(SEED) {
        Ok(_) => println!("{}", replay::<W>(number(SEED, 0))),
        Err(_) => live_through::<W>(0..number(COUNT, seeds)),
    }
}

/// Lives through as many seeds after `first` as the environment says, or so many.
pub fn live_through_more<W: World>(first: u64, seeds: u64) {
    live_through::<W>(first..first + number(COUNT, seeds));
}

/// One seed's story; panics with the shortest one when it fails.
fn replay<W: World>(seed: u64) -> String {
    runtime().block_on(async {
        let worlds = Worlds::<W>::prepared().await;
        worlds.holds(seed).await.unwrap_or_else(|story| panic!("{story}"));
        worlds.live(seed, &Worlds::<W>::plan(seed)).await.0.join("\n")
    })
}

/// Lives through these seeds, as many at a time as there are cores.
fn live_through<W: World>(seeds: Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| take_turns::<W>(&next, seeds.end))).collect();
        for thread in threads {
            let lived = thread.join().expect("a world that panics is caught");
            lived.unwrap_or_else(|story| panic!("{story}"));
        }
    });
    println!("lived through {} worlds", seeds.end - seeds.start);
}

/// Takes seed after seed until there are no more.
fn take_turns<W: World>(next: &AtomicU64, end: u64) -> Held {
    runtime().block_on(async {
        let worlds = Worlds::<W>::prepared().await;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return Ok(());
            }
            worlds.holds(seed).await.inspect_err(|_| next.store(end, Ordering::Relaxed))?;
        }
    })
}

/// Panics unless each of the first seeds tells the same story twice, and one in which something happens.
pub fn assert_stories_are_the_same<W: World>() {
    runtime().block_on(async {
        let worlds = Worlds::<W>::prepared().await;
        for seed in 0..5 {
            let plan = Worlds::<W>::plan(seed);
            let (first, second) = (worlds.live(seed, &plan).await, worlds.live(seed, &plan).await);
            assert_eq!(first, second);
            assert!(first.0.len() > plan.len() / 3, "little happens: {:?}", first.0);
        }
    });
}

/// Panics unless each of these words stands in the story of one of so many seeds.
pub fn assert_it_happens<W: World>(seeds: u64, wanted: &[&str]) {
    let all = runtime().block_on(async {
        let (worlds, mut all) = (Worlds::<W>::prepared().await, String::new());
        for seed in 0..seeds {
            all.push_str(&worlds.live(seed, &Worlds::<W>::plan(seed)).await.0.join("\n"));
        }
        all
    });
    let missing: Vec<_> = wanted.iter().filter(|wanted| !all.contains(**wanted)).collect();
    assert!(missing.is_empty(), "it never came to {missing:?}");
}

/// Panics unless each harm is found within so many seeds, and shrunk to a story of a few lines.
pub fn assert_harm_is_found<W: World>(harms: &[&'static str], (seeds, lines): (u64, usize)) {
    runtime().block_on(async {
        let mut worlds = Worlds::<W>::prepared().await;
        for harm in harms {
            worlds.harm = Some(harm);
            let mut story = None;
            for seed in 0..seeds {
                story = worlds.holds(seed).await.err();
                if story.is_some() {
                    break;
                }
            }
            let story = story.unwrap_or_else(|| panic!("never found: {harm}"));
            assert!(story.lines().count() < lines, "shrunk too little: {story}");
        }
    });
}
