//! How fast each of many clients may ask, in memory that has an end.

use std::{collections::HashMap, hash::Hash, time::Duration};

use metier_core::Timestamp;

use super::pace::Pace;

/// Clients whose pace is remembered. Beyond it those are forgotten first who have most of their allowance left, so
/// that whoever asks too much is remembered longest.
const REMEMBERED: usize = 10_000;

/// What one more request left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Requests that may come at once.
    pub limit: u32,
    /// How many of them may still come now.
    pub remaining: u32,
    /// When all may come again.
    pub whole_in: Duration,
}

/// The paces of many clients.
#[derive(Debug)]
pub struct Paces<K> {
    pace: Pace,
    /// When each one's allowance is whole again.
    whole_at: HashMap<K, Timestamp>,
}

impl<K: Eq + Hash> Paces<K> {
    /// Each client has this pace.
    pub fn new(pace: Pace) -> Self {
        Self { pace, whole_at: HashMap::new() }
    }

    /// Lets one more request of a client in.
    ///
    /// # Errors
    /// The time after which one passes again.
    pub fn admit(&mut self, client: K, now: Timestamp) -> Result<Allowance, Duration> {
        if self.whole_at.len() >= REMEMBERED && !self.whole_at.contains_key(&client) {
            self.forget(now);
        }
        let whole_at = self.whole_at.get(&client).copied().unwrap_or(Timestamp::EPOCH);
        let next = self.pace.admit(whole_at, now)?;
        self.whole_at.insert(client, next);
        Ok(self.pace.allowance(next, now))
    }

    fn forget(&mut self, now: Timestamp) {
        self.whole_at.retain(|_, whole_at| *whole_at > now);
        if self.whole_at.len() < REMEMBERED {
            return;
        }
        let mut moments: Vec<Timestamp> = self.whole_at.values().copied().collect();
        let (_, middle, _) = moments.select_nth_unstable(REMEMBERED / 2);
        let middle = *middle;
        self.whole_at.retain(|_, whole_at| *whole_at > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(number: i64) -> Timestamp {
        Timestamp::from_seconds(1_000 + number)
    }

    #[test]
    fn clients_do_not_share_an_allowance_and_hear_what_is_left_of_theirs() {
        let mut paces = Paces::new(Pace::new(2, 60));
        let left =
            |remaining, seconds| Allowance { limit: 2, remaining, whole_in: Duration::from_secs(seconds) };
        assert_eq!(paces.admit("a", second(0)), Ok(left(1, 1)));
        assert_eq!(paces.admit("a", second(0)), Ok(left(0, 2)));
        assert_eq!(paces.admit("a", second(0)), Err(Duration::from_secs(1)));
        assert_eq!(paces.admit("b", second(0)), Ok(left(1, 1)));
        assert_eq!(paces.admit("a", second(1)), Ok(left(0, 2)));
    }

    #[test]
    fn however_many_come_only_so_many_are_remembered_and_who_asks_too_much_is_among_them() {
        let mut paces = Paces::new(Pace::new(3, 1));
        for _ in 0..3 {
            paces.admit(0, second(0)).unwrap();
        }
        for client in 1..50_000 {
            paces.admit(client, second(0)).unwrap();
            assert!(paces.whole_at.len() <= REMEMBERED);
        }
        assert!(paces.admit(0, second(0)).is_err());
    }
}
