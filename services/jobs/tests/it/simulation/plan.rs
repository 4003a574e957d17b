//! What happens in a simulation: a list of steps that follows from a seed alone.
//!
//! A step carries the choices it makes, not what it chooses from. So any part of a plan is a plan too, and one that
//! fails can be shrunk.

use std::fmt;

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody sends a new run, or sends one again.
    Submit,
    Cancel,
    Replay,
    Pause,
    Resume,
    /// A worker does the next thing: claims, ends a task, reports, or sends a heartbeat.
    Work,
    /// Some message arrives, whichever was sent first.
    Deliver,
    /// Some message never arrives.
    Drop,
    /// Some request arrives twice.
    Repeat,
    /// A worker dies, and another of its name comes up that knows nothing.
    KillWorker,
    /// Every replica of the engine dies and comes up on what the database holds.
    KillEngine,
    /// Time passes.
    Pass,
    Promote,
    Rescue,
    FinishCancellations,
}

/// How often each act happens, of the sum of all.
const WEIGHTS: [(Act, u32); 15] = [
    (Act::Submit, 6),
    (Act::Cancel, 3),
    (Act::Replay, 6),
    (Act::Pause, 1),
    (Act::Resume, 2),
    (Act::Work, 50),
    (Act::Deliver, 24),
    (Act::Drop, 3),
    (Act::Repeat, 3),
    (Act::KillWorker, 1),
    (Act::KillEngine, 1),
    (Act::Pass, 9),
    (Act::Promote, 4),
    (Act::Rescue, 6),
    (Act::FinishCancellations, 1),
];

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub act: Act,
    choices: u64,
}

/// The choices of one step, the same each time.
pub struct Choices(StdRng);

impl Step {
    pub fn choices(self) -> Choices {
        Choices(StdRng::seed_from_u64(self.choices))
    }
}

impl Choices {
    /// A number below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// One of them, unless there are none.
    pub fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.act)
    }
}

/// The plan of a seed. It begins with work to do.
pub fn plan(seed: u64, steps: usize) -> Vec<Step> {
    let mut random = StdRng::seed_from_u64(seed);
    let act = |place| if place < 2 { Act::Submit } else { act(&mut random) };
    let acts: Vec<Act> = (0..steps).map(act).collect();
    acts.into_iter().map(|act| Step { act, choices: random.next_u64() }).collect()
}

fn act(random: &mut StdRng) -> Act {
    let mut left = random.random_range(0..WEIGHTS.iter().map(|(_, weight)| weight).sum());
    for (act, weight) in WEIGHTS {
        if left < weight {
            return act;
        }
        left -= weight;
    }
    Act::Deliver
}
