//! One event on its way to one webhook, and what came of each try.

use std::time::Duration;

use metier_contract_notifications::{DeliveryId, WebhookId};
use metier_core::Timestamp;

use super::retry::{GIVE_UP_AFTER, pause};

/// What a delivery is, as it is kept.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id, the same in each try.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// The event's id.
    pub event: String,
    /// The event's type.
    pub kind: String,
    /// What is sent.
    pub body: String,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried, replays included.
    pub tries: i64,
    /// How often since it was last put in line.
    pub pending_tries: i64,
    /// When it was last put in line.
    pub pending_since: Timestamp,
    /// When it is tried again.
    pub try_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was delivered or given up.
    pub settled_at: Option<Timestamp>,
}

/// What a receiver answered, or why it did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: Option<u16>,
    /// Why there is none, or why it does not count.
    pub error: Option<String>,
    /// How its body begins.
    pub excerpt: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// One try.
#[derive(Clone, Debug)]
pub struct Try {
    /// Counts from 1.
    pub number: i64,
    /// When it began.
    pub tried_at: Timestamp,
    /// What came of it.
    pub answer: Answer,
}

/// What becomes of a delivery after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver has it.
    Delivered,
    /// Once more at this moment.
    Again(Timestamp),
    /// No more.
    Failed,
}

impl Answer {
    /// Whether the receiver has it: any status of success.
    pub fn is_good(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the receiver wants nothing more ever.
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

impl Delivery {
    /// What becomes of it now that `answer` came.
    pub fn judge(&self, answer: &Answer, now: Timestamp, fraction: f64) -> Verdict {
        if answer.is_good() {
            return Verdict::Delivered;
        }
        let tries = u32::try_from(self.pending_tries).unwrap_or(u32::MAX);
        let next = now.plus(pause(tries, fraction));
        let is_late = next.since(self.pending_since) > GIVE_UP_AFTER;
        if answer.is_gone() || is_late { Verdict::Failed } else { Verdict::Again(next) }
    }
}

#[cfg(test)]
mod tests {
    use metier_core::Id;
    use uuid::Uuid;

    use super::*;

    fn delivery(pending_tries: i64) -> Delivery {
        Delivery {
            id: Id::from_uuid(Uuid::nil()),
            webhook: Id::from_uuid(Uuid::nil()),
            event: String::new(),
            kind: String::new(),
            body: String::new(),
            state: "waiting".to_owned(),
            tries: pending_tries,
            pending_tries,
            pending_since: Timestamp::EPOCH,
            try_at: Some(Timestamp::EPOCH),
            created_at: Timestamp::EPOCH,
            settled_at: None,
        }
    }

    fn answer(status: Option<u16>) -> Answer {
        Answer { status, error: None, excerpt: None, took: Duration::ZERO }
    }

    #[test]
    fn only_success_counts_and_the_rest_is_tried_again_for_a_day() {
        let now = Timestamp::from_seconds(100);
        for status in [200, 202, 204] {
            assert_eq!(delivery(1).judge(&answer(Some(status)), now, 0.5), Verdict::Delivered);
        }
        for status in [None, Some(302), Some(400), Some(404), Some(500)] {
            let again = Verdict::Again(Timestamp::from_seconds(105));
            assert_eq!(delivery(1).judge(&answer(status), now, 0.5), again, "{status:?}");
        }
        assert_eq!(delivery(1).judge(&answer(Some(410)), now, 0.5), Verdict::Failed);
        let late = Timestamp::EPOCH.plus(GIVE_UP_AFTER);
        assert_eq!(delivery(40).judge(&answer(None), late, 0.5), Verdict::Failed);
    }
}
