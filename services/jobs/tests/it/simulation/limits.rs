//! The keys of the simulated world, and what each allows: token buckets as one would explain them, beside the moments
//! that the engine keeps.

use std::{collections::BTreeMap, time::Duration};

use metier_core::Timestamp;
use metier_jobs::domain::limit::{Limit, Rate};
use metier_testkit::{ensure, simulation::Held};

/// A key that runs carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Some at a time.
    Narrow,
    /// Some in a while.
    Paced,
    /// Both.
    Strict,
}

impl Key {
    pub const ALL: [Self; 3] = [Self::Narrow, Self::Paced, Self::Strict];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Paced => "paced",
            Self::Strict => "strict",
        }
    }

    pub const fn limit(self) -> Limit {
        let (concurrency, rate) = match self {
            Self::Narrow => (Some(2), None),
            Self::Paced => (None, Some(Rate { count: 2, per_seconds: 10, burst: 3 })),
            Self::Strict => (Some(1), Some(Rate { count: 1, per_seconds: 7, burst: 2 })),
        };
        Limit { concurrency, rate }
    }
}

/// How full a bucket was when something was last taken from it. A token is worth the microseconds of the while, and
/// each microsecond brings `count` of them.
#[derive(Clone, Debug)]
struct Bucket {
    level: i64,
    at: Timestamp,
    /// When each attempt began, in order.
    begun: Vec<Timestamp>,
}

/// The buckets that something was taken from; all others are full.
#[derive(Clone, Debug, Default)]
pub struct Buckets(BTreeMap<Key, Bucket>);

const fn worth(rate: Rate) -> i64 {
    rate.per_seconds * 1_000_000
}

fn filled(rate: Rate, level: i64, micros: i64) -> i64 {
    level.saturating_add(micros.saturating_mul(rate.count)).min(rate.burst * worth(rate))
}

impl Buckets {
    fn level(&self, key: Key, rate: Rate, now: Timestamp) -> i64 {
        let full = rate.burst * worth(rate);
        self.0.get(&key).map_or(full, |bucket| filled(rate, bucket.level, now.micros() - bucket.at.micros()))
    }

    /// How many attempts may begin now.
    pub fn tokens(&self, key: Key, now: Timestamp) -> i64 {
        key.limit().rate.map_or(i64::MAX, |rate| self.level(key, rate, now) / worth(rate))
    }

    /// How long until there is a token; `None` when there is one.
    pub fn next_in(&self, key: Key, now: Timestamp) -> Option<Duration> {
        let rate = key.limit().rate?;
        let lacking = worth(rate) - self.level(key, rate, now);
        let micros = u64::try_from(lacking).ok().filter(|lacking| *lacking > 0)?;
        Some(Duration::from_micros(micros.div_ceil(rate.count.unsigned_abs())))
    }

    /// An attempt began. From no beginning up to now may there be more than the burst and what the time between brings.
    pub fn take(&mut self, key: Key, now: Timestamp) -> Held {
        let Some(rate) = key.limit().rate else { return Ok(()) };
        let level = self.level(key, rate, now) - worth(rate);
        let bucket = self.0.entry(key).or_insert_with(|| Bucket { level, at: now, begun: Vec::new() });
        (bucket.level, bucket.at) = (level, now);
        bucket.begun.push(now);
        for (place, from) in bucket.begun.iter().enumerate() {
            let count = (bucket.begun.len() - place) as i64;
            let most = rate.burst + (now.micros() - from.micros()) * rate.count / worth(rate);
            ensure!(count <= most, "{count} attempts of key {} began since {from}, not {most}", key.name());
        }
        Ok(())
    }

    /// The moment that the engine keeps says the same.
    pub fn check(&self, key: Key, next_token_at: i64, now: Timestamp) -> Held {
        let Some(rate) = key.limit().rate else { return Ok(()) };
        let found = filled(rate, worth(rate), now.micros() - next_token_at);
        let expected = self.level(key, rate, now);
        ensure!(found == expected, "the bucket of key {} holds {found}, not {expected}", key.name());
        Ok(())
    }
}
