//! Somebody who stays signed in, however long a torture takes and whatever dies meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use crate::platform::Person;

/// Half of what a session lasts.
const RENEW_AFTER: Duration = Duration::from_mins(5);

/// The administrator, in one session after the other.
pub struct Visitor {
    identity: String,
    person: Person,
    since: Instant,
}

impl Visitor {
    /// Signs in; `None` while nobody is there to ask.
    pub async fn arrive(identity: &str) -> Option<Self> {
        let person = Person::try_sign_in(identity).await?.keeping_connections();
        Some(Self { identity: identity.to_owned(), person, since: Instant::now() })
    }

    /// As they are known by now. Where a new session cannot be had yet, the old one still does for a while.
    pub async fn person(&mut self) -> &Person {
        if self.since.elapsed() > RENEW_AFTER
            && let Some(renewed) = Self::arrive(&self.identity).await
        {
            *self = renewed;
        }
        &self.person
    }
}
