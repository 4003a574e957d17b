//! When to try again: exponential backoff with full jitter.
//!
//! Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 (the "full jitter" variant), with
//! half of the delay kept so that a retry never comes at once.

use std::time::Duration;

/// How long a kind waits between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt.
    pub first: Duration,
    /// Never longer than this.
    pub most: Duration,
}

impl Backoff {
    /// The delay after attempt number `attempt` (from 1), with `jitter` in `0.0..1.0`.
    pub fn delay(&self, attempt: u32, jitter: f64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(30);
        let full = self.first.saturating_mul(1 << doublings).min(self.most);
        full / 2 + full.mul_f64(jitter.clamp(0.0, 1.0) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(60) };

    #[test]
    fn the_delay_doubles_up_to_the_most() {
        let full = |attempt| BACKOFF.delay(attempt, 1.0);
        assert_eq!([full(1), full(2), full(3)], [1, 2, 4].map(Duration::from_secs));
        assert_eq!(full(40), Duration::from_secs(60));
    }

    proptest! {
        #[test]
        fn jitter_keeps_the_delay_between_half_and_full(attempt in 1_u32..100, jitter in 0.0_f64..1.0) {
            let (full, delay) = (BACKOFF.delay(attempt, 1.0), BACKOFF.delay(attempt, jitter));
            prop_assert!(delay >= full / 2 && delay <= full);
        }
    }
}
