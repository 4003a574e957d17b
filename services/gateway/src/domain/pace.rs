//! How fast one client may ask: a burst at once, then one request per interval.
//!
//! One moment per client is kept (the generic cell rate algorithm): when its allowance would be whole again.

use std::time::Duration;

use metier_core::Timestamp;

use super::paces::Allowance;

/// A burst and the interval in which one request of it comes back.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    burst: u32,
    every: Duration,
}

impl Pace {
    /// So many at once, and so many per minute in the long run. Zero counts as one.
    pub fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst: burst.max(1), every: Duration::from_mins(1) / per_minute.max(1) }
    }

    /// What to keep after one more request, or how long to wait.
    ///
    /// # Errors
    /// The time after which one request passes again.
    pub fn admit(self, whole_at: Timestamp, now: Timestamp) -> Result<Timestamp, Duration> {
        let next = whole_at.max(now).plus(self.every);
        let ahead = next.since(now);
        let most = self.every.saturating_mul(self.burst);
        if ahead > most { Err(ahead - most) } else { Ok(next) }
    }

    /// What is left of the allowance of one who will have all of it at a moment.
    pub fn allowance(self, whole_at: Timestamp, now: Timestamp) -> Allowance {
        let whole_in = whole_at.since(now);
        let used = whole_in.as_nanos().div_ceil(self.every.as_nanos().max(1));
        let used = u32::try_from(used).unwrap_or(u32::MAX);
        Allowance { limit: self.burst, remaining: self.burst.saturating_sub(used), whole_in }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_burst_passes_then_one_per_interval() {
        let pace = Pace::new(3, 60);
        let mut whole_at = Timestamp::EPOCH;
        let now = Timestamp::from_seconds(100);
        for _ in 0..3 {
            whole_at = pace.admit(whole_at, now).unwrap();
        }
        assert_eq!(pace.admit(whole_at, now), Err(Duration::from_secs(1)));
        let later = now.plus(Duration::from_secs(1));
        whole_at = pace.admit(whole_at, later).unwrap();
        assert!(pace.admit(whole_at, later).is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_the_interval_allow(
            burst in 1_u32..10,
            steps in proptest::collection::vec(0_u64..3_000, 1..60),
        ) {
            let pace = Pace::new(burst, 60);
            let (mut now, mut whole_at, mut passed) = (Timestamp::from_seconds(10), Timestamp::EPOCH, 0_u64);
            let start = now;
            for step in steps {
                now = now.plus(Duration::from_millis(step));
                if let Ok(next) = pace.admit(whole_at, now) {
                    (whole_at, passed) = (next, passed + 1);
                }
            }
            prop_assert!(passed <= u64::from(burst) + now.since(start).as_secs());
        }
    }
}
