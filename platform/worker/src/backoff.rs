//! How long to wait before a failed call is made again.

use std::time::Duration;

use metier_core::Random;
use tokio::time::Instant;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Doubling waits with jitter, and the moment the current one is over.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    pub(crate) fn failed(&mut self, now: Instant, random: &Random) {
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures += 1;
        self.until = Some(now + doubled.mul_f64(0.5 + random.fraction() / 2.0));
    }

    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// The end of the wait; `None` when there is nothing to wait for.
    pub(crate) fn until(&self) -> Option<Instant> {
        self.until
    }

    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    pub(crate) async fn wait(&self) {
        if let Some(until) = self.until {
            tokio::time::sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_double_with_jitter_up_to_the_longest() {
        let (mut backoff, random, now) = (Backoff::default(), Random::seeded(1), Instant::now());
        let mut waits = Vec::new();
        for _ in 0..12 {
            backoff.failed(now, &random);
            waits.push(backoff.until().unwrap() - now);
        }
        assert!(waits[0] >= FIRST / 2 && waits[0] <= FIRST);
        assert!(waits[3] >= FIRST * 4 && waits[3] <= FIRST * 8);
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
        backoff.succeeded();
        assert!(backoff.is_over(now));
    }
}
