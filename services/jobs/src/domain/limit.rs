//! What a key allows of the tasks that carry it: how many at a time, and how many a while.
//!
//! The rate is a token bucket kept as one moment: that of the next token. A full bucket is a moment `burst` tokens back.
//! Source: the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371, annex A.

use metier_core::{Timestamp, Violation};
use serde::{Deserialize, Serialize};

/// Longest key.
const MAX_KEY: usize = 200;
/// Most tasks at a time, a while or a burst.
const MAX_COUNT: i64 = 1_000_000;
/// Longest while, seconds: 31 days.
const MAX_SECONDS: i64 = 31 * 24 * 60 * 60;

/// What a key allows. Without either it allows everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Tasks at a time.
    pub concurrency: Option<i64>,
    /// Attempts begun in a while.
    pub rate: Option<Rate>,
}

/// So many in so long, and so many at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Attempts begun.
    pub count: i64,
    /// In so many seconds.
    pub per_seconds: i64,
    /// Most that begin at once.
    pub burst: i64,
}

/// A key that a run's tasks carry, and what it allows if nobody has said so before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLimit {
    /// The key.
    pub key: String,
    /// What it allows when it is new.
    pub limit: Limit,
}

impl Limit {
    /// Whether it allows everything.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that is wrong with it, the fields below `at`.
    pub fn violations(&self, at: &str) -> Vec<Violation> {
        let rate = self.rate.unwrap_or(Rate { count: 1, per_seconds: 1, burst: 1 });
        let numbers = [
            ("concurrency", self.concurrency.unwrap_or(1), MAX_COUNT),
            ("rate/count", rate.count, MAX_COUNT),
            ("rate/per_seconds", rate.per_seconds, MAX_SECONDS),
            ("rate/burst", rate.burst, MAX_COUNT),
        ];
        let wrong = numbers.into_iter().filter(|(_, number, most)| !(1..=*most).contains(number));
        let violation = |(field, _, most)| Violation {
            field: format!("{at}/{field}"),
            message: format!("must be between 1 and {most}; to hold everything back, pause the queue"),
        };
        wrong.map(violation).collect()
    }
}

impl KeyLimit {
    /// Everything that is wrong with it, the fields below `at`.
    pub fn violations(&self, at: &str) -> Vec<Violation> {
        let mut violations = self.limit.violations(at);
        if !is_key(&self.key) {
            let message = format!("must be 1 to {MAX_KEY} of A-Z a-z 0-9 - _ . :");
            violations.push(Violation { field: format!("{at}/key"), message });
        }
        violations
    }
}

/// Whether a text can be a key.
pub fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    !text.is_empty() && text.len() <= MAX_KEY && text.bytes().all(plain)
}

impl Rate {
    /// Microseconds from one token to the next, rounded up: never more than what was allowed.
    pub const fn interval(&self) -> i64 {
        let micros = self.per_seconds * 1_000_000;
        (micros + self.count - 1) / self.count
    }

    /// Tokens that are there now.
    pub fn tokens(&self, next: Timestamp, now: Timestamp) -> i64 {
        match now.micros() - next.micros() {
            early if early < 0 => 0,
            since => (since / self.interval() + 1).min(self.burst),
        }
    }

    /// The moment of the next token after some were taken now.
    #[must_use]
    pub fn after(&self, taken: i64, next: Timestamp, now: Timestamp) -> Timestamp {
        let full = now.micros() - (self.burst - 1) * self.interval();
        Timestamp::from_micros(next.micros().max(full) + taken * self.interval())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_rate_of_zero_is_refused_with_what_to_do_instead() {
        let rate = Some(Rate { count: 0, per_seconds: 60, burst: 1 });
        let violations = Limit { concurrency: Some(0), rate }.violations("");
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["/concurrency", "/rate/count"]);
        assert!(violations[0].message.ends_with("pause the queue"));
    }

    #[test]
    fn a_full_bucket_gives_its_burst_and_then_one_token_at_a_time() {
        let rate = Rate { count: 10, per_seconds: 60, burst: 3 };
        let now = Timestamp::from_seconds(1_000);
        assert_eq!(rate.tokens(Timestamp::EPOCH, now), 3);
        let next = rate.after(3, Timestamp::EPOCH, now);
        assert_eq!((next, rate.tokens(next, now)), (Timestamp::from_seconds(1_006), 0));
        assert_eq!(rate.tokens(next, Timestamp::from_seconds(1_012)), 2);
    }

    proptest! {
        #[test]
        fn in_any_while_no_more_begins_than_burst_and_rate_allow(
            count in 1_i64..50, per_seconds in 1_i64..20, burst in 1_i64..10,
            steps in proptest::collection::vec((0_i64..3_000_000, 1_i64..8), 1..60),
        ) {
            let rate = Rate { count, per_seconds, burst };
            let (mut next, mut now) = (Timestamp::EPOCH, 1_000_000_000);
            let mut begun: Vec<(i64, i64)> = Vec::new();
            for (pause, wanted) in steps {
                now += pause;
                let at = Timestamp::from_micros(now);
                let taken = wanted.min(rate.tokens(next, at));
                if taken > 0 {
                    next = rate.after(taken, next, at);
                    begun.push((now, taken));
                }
            }
            for (place, (from, _)) in begun.iter().enumerate() {
                let mut sum = 0;
                for (until, taken) in &begun[place..] {
                    sum += taken;
                    prop_assert!(sum <= burst + (until - from) * count / (per_seconds * 1_000_000));
                }
            }
        }
    }
}
