//! Tokens, keys, cookies, passwords and API keys through the crate's public door.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api_keys;
mod cookies;
mod headers;
mod passwords;
mod services;
mod signing_keys;
mod tokens;

use std::time::Duration;

use metier_auth::{Claims, Subject};
use metier_core::{Actor, Clock, CorrelationId, Grants, Random, SessionId, Timestamp, UserId, WorkspaceId};

/// A clock that stands at a fixed moment.
fn clock() -> Clock {
    Clock::manual(Timestamp::from_seconds(1_800_000_000))
}

fn correlation() -> CorrelationId {
    "test-correlation".parse().unwrap()
}

fn user(random: &Random, now: Timestamp) -> Subject {
    Subject {
        actor: Actor::User { id: random.id::<_>(now) },
        workspace: WorkspaceId::DEFAULT,
        grants: Grants::parse(["runs:read", "runs:submit"]).unwrap(),
        session: Some(SessionId::from_uuid(random.uuid(now))),
        number: Some(7),
    }
}

fn user_id(subject: &Subject) -> UserId {
    subject.actor.user().unwrap()
}

fn claims(subject: Subject, clock: &Clock, random: &Random) -> Claims {
    Claims::new(subject, Duration::from_mins(10), clock.now(), random)
}
