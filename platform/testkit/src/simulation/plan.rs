//! What happens in a simulation: a list of steps that follows from a seed alone.

use std::fmt::Debug;

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

/// One step of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<A> {
    /// What it does.
    pub act: A,
    choices: u64,
}

/// The choices of one step, the same each time.
pub struct Choices(StdRng);

impl<A> Step<A> {
    /// Its choices.
    pub fn choices(&self) -> Choices {
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

/// The plan of a seed, of so many steps: those that come first, then others, each as often as it weighs.
pub fn plan<A: Copy + Debug>(seed: u64, steps: usize, (acts, first): (&[(A, u32)], &[A])) -> Vec<Step<A>> {
    let mut random = StdRng::seed_from_u64(seed);
    let acts: Vec<A> =
        (0..steps).map(|place| first.get(place).copied().unwrap_or_else(|| act(&mut random, acts))).collect();
    acts.into_iter().map(|act| Step { act, choices: random.next_u64() }).collect()
}

fn act<A: Copy>(random: &mut StdRng, acts: &[(A, u32)]) -> A {
    let mut left = random.random_range(0..acts.iter().map(|(_, weight)| weight).sum());
    for (act, weight) in acts {
        if left < *weight {
            return *act;
        }
        left -= weight;
    }
    acts[0].0
}
