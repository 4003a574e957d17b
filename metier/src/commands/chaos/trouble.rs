//! What dies, and when: a schedule that follows from a seed and from how far the work is.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde::Serialize;
use tokio::time::Instant;

/// The last part of the work is left alone, so that what died last is seen to recover.
const UNTIL: f64 = 0.9;

/// What can die.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Victim {
    /// A worker process.
    Worker,
    /// The engine's connections to PostgreSQL.
    Connections,
    /// A process that runs services.
    Services,
}

/// Something that dies once so many tasks are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub done: usize,
    pub victim: Victim,
    /// Chooses among several.
    pub choice: usize,
}

/// What may die beside workers.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    pub connections: bool,
    /// How many times; `None` for as often as wanted.
    pub services: Option<usize>,
}

/// Something that died, and what depended on it.
#[derive(Clone, Debug)]
pub struct Struck {
    pub victim: Victim,
    /// What exactly.
    pub what: String,
    pub at: Instant,
    /// Tasks a worker held; those of others go on.
    pub held: Vec<i64>,
}

/// The schedule of a seed: so many troubles while `all` tasks are worked off, each victim in turn.
pub fn schedule(seed: u64, count: usize, all: usize, allowed: Allowed) -> Vec<Trouble> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut victims = victims(count, allowed);
    victims.shuffle(&mut random);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "which task it is need not be exact"
    )]
    let mut moment = || (all as f64 * UNTIL * random.random::<f64>()) as usize;
    let mut moments: Vec<usize> = victims.iter().map(|_| moment()).collect();
    moments.sort_unstable();
    let trouble = |(done, victim)| Trouble { done, victim, choice: random.random_range(0..1_000) };
    moments.into_iter().zip(victims).map(trouble).collect()
}

fn victims(count: usize, allowed: Allowed) -> Vec<Victim> {
    let mut services = allowed.services.unwrap_or(usize::MAX);
    let mut turn = [Victim::Worker, Victim::Connections, Victim::Services].into_iter().cycle();
    let mut victims = Vec::with_capacity(count);
    while victims.len() < count {
        match turn.next() {
            Some(Victim::Connections) if !allowed.connections => {}
            Some(Victim::Services) if services == 0 => {}
            Some(Victim::Services) => {
                services -= 1;
                victims.push(Victim::Services);
            }
            Some(victim) => victims.push(victim),
            None => break,
        }
    }
    victims
}

/// How long a trouble was felt: until what a worker held was done elsewhere, or else until anything was done again.
/// `None` when nothing had to recover.
pub fn recovery<'a>(
    struck: &Struck,
    accepted: impl Iterator<Item = (&'a i64, &'a Instant)>,
) -> Option<Duration> {
    let after = accepted.filter(|(_, at)| **at >= struck.at);
    let end = match struck.victim {
        Victim::Worker => after.filter(|(task, _)| struck.held.contains(task)).map(|(_, at)| *at).max(),
        Victim::Connections | Victim::Services => after.map(|(_, at)| *at).min(),
    };
    end.map(|end| end.saturating_duration_since(struck.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Allowed = Allowed { connections: true, services: None };

    #[test]
    fn a_seed_always_gives_the_same_schedule_in_order_and_before_the_end() {
        let (first, second) = (schedule(7, 9, 1_000, ALL), schedule(7, 9, 1_000, ALL));
        assert_eq!(first, second);
        assert_ne!(first, schedule(8, 9, 1_000, ALL));
        assert!(
            first.is_sorted_by_key(|trouble| trouble.done) && first.iter().all(|trouble| trouble.done < 900)
        );
        let count = |victim| first.iter().filter(|trouble| trouble.victim == victim).count();
        assert_eq!([count(Victim::Worker), count(Victim::Connections), count(Victim::Services)], [3, 3, 3]);
    }

    #[test]
    fn only_what_is_allowed_dies() {
        let only = schedule(1, 5, 100, Allowed { connections: false, services: Some(1) });
        let services = only.iter().filter(|trouble| trouble.victim == Victim::Services).count();
        assert_eq!((only.len(), services), (5, 1));
        assert!(only.iter().all(|trouble| trouble.victim != Victim::Connections));
    }

    #[test]
    fn a_worker_has_recovered_when_the_last_task_it_held_is_done_elsewhere() {
        let at = Instant::now();
        let later = |seconds| at + Duration::from_secs(seconds);
        let accepted = [(1, later(2)), (2, later(5)), (3, later(9))];
        let struck = |victim, held: &[i64]| Struck { victim, what: String::new(), at, held: held.to_vec() };
        let felt = |struck: &Struck| recovery(struck, accepted.iter().map(|(task, at)| (task, at)));
        assert_eq!(felt(&struck(Victim::Worker, &[1, 2])), Some(Duration::from_secs(5)));
        assert_eq!(felt(&struck(Victim::Worker, &[])), None);
        assert_eq!(felt(&struck(Victim::Services, &[])), Some(Duration::from_secs(2)));
    }
}
