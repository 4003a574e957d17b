//! What an event is, before and after it has a position.

use metier_core::{Actor, CorrelationId, EventId, Fault, Timestamp, UserId, WorkspaceId};
use serde::Serialize;
use serde_json::Value;

use crate::protocol;

/// A fact to be published with the current transaction.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// What kind of thing it is about, singular: `run`, `source`, `audit`.
    pub topic: &'static str,
    /// Dotted name in the past tense: `run.completed`.
    pub kind: &'static str,
    /// The thing's id.
    pub subject: String,
    /// Whose thing it is.
    pub owner: Option<UserId>,
    /// The fact itself.
    pub data: Value,
}

impl NewEvent {
    /// An event without an owner.
    pub fn new(
        topic: &'static str,
        kind: &'static str,
        subject: impl ToString,
        data: impl Serialize,
    ) -> Self {
        let data = serde_json::to_value(data).unwrap_or(Value::Null);
        Self { topic, kind, subject: subject.to_string(), owner: None, data }
    }

    /// The same event about a thing that belongs to someone.
    #[must_use]
    pub fn owned_by(mut self, owner: Option<UserId>) -> Self {
        self.owner = owner;
        self
    }
}

/// A published event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its place in the publisher's log.
    pub position: i64,
    /// Its identity, the same at every reader.
    pub id: EventId,
    /// See [`NewEvent::topic`].
    pub topic: String,
    /// See [`NewEvent::kind`].
    pub kind: String,
    /// See [`NewEvent::subject`].
    pub subject: String,
    /// Where it happened.
    pub workspace: WorkspaceId,
    /// See [`NewEvent::owner`].
    pub owner: Option<UserId>,
    /// Who did it.
    pub actor: Actor,
    /// Under which correlation id.
    pub correlation: CorrelationId,
    /// See [`NewEvent::data`].
    pub data: Value,
    /// When.
    pub created_at: Timestamp,
}

impl TryFrom<protocol::Event> for Event {
    type Error = Fault;

    fn try_from(event: protocol::Event) -> Result<Self, Fault> {
        let broken = |what: &str| Fault::internal(format!("event {} has a broken {what}", event.position));
        Ok(Self {
            position: event.position,
            id: event.id.parse().map_err(|_| broken("id"))?,
            workspace: event.workspace.parse().map_err(|_| broken("workspace"))?,
            owner: event.owner.as_deref().map(str::parse).transpose().map_err(|_| broken("owner"))?,
            actor: serde_json::from_str(&event.actor).map_err(|_| broken("actor"))?,
            correlation: event.correlation.parse().map_err(|_| broken("correlation"))?,
            data: serde_json::from_str(&event.data).map_err(|_| broken("data"))?,
            created_at: Timestamp::from_micros(event.created_at),
            topic: event.topic,
            kind: event.kind,
            subject: event.subject,
        })
    }
}
