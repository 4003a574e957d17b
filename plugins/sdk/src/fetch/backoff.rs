//! How long to wait: between requests, and before a retry.

use std::time::Duration;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// How a source is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Politeness {
    /// The least time from one request to the next.
    pub pause: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// The wait before the first retry; it doubles each time.
    pub first_wait: Duration,
    /// The longest wait, whoever asks for it.
    pub longest_wait: Duration,
    /// How long one try may take, its answer included.
    pub timeout: Duration,
    /// The largest answer taken, unpacked.
    pub largest_answer: usize,
}

impl Default for Politeness {
    fn default() -> Self {
        Self {
            pause: Duration::from_secs(1),
            attempts: 4,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(120),
            timeout: Duration::from_secs(30),
            largest_answer: 32 * 1024 * 1024,
        }
    }
}

impl Politeness {
    /// The wait before retry number `retry` (from 0): doubled each time, then shortened by up to a half, by chance, so
    /// that many clients do not come back together.
    pub(super) fn wait(&self, retry: u32, chance: f64) -> Duration {
        let doubled = self.first_wait.saturating_mul(2u32.saturating_pow(retry));
        doubled.min(self.longest_wait).mul_f64(0.5 + chance / 2.0)
    }
}

/// Reads `Retry-After`: seconds, or a date.
pub(super) fn retry_after(header: &str, now: OffsetDateTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let date = OffsetDateTime::parse(header, &Rfc2822).ok()?;
    Some(Duration::try_from(date - now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let polite = Politeness::default();
        let waits: Vec<u64> = (0..8).map(|retry| polite.wait(retry, 1.0).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 120, 120]);
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = datetime!(1994-11-06 08:49:00 UTC);
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(37)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_agreed(retry in 0u32..200, chance in 0.0f64..1.0) {
            let polite = Politeness::default();
            prop_assert!(polite.wait(retry, chance) <= polite.longest_wait);
        }
    }
}
