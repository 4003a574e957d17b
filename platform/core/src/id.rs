//! Typed identifiers: a UUIDv7 that remembers at compile time what it names.

use std::{cmp::Ordering, fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// An identifier of a `T`. Two ids of different things cannot be mixed up.
///
/// On the wire it is the hyphenated UUID; parsing anything else is refused.
pub struct Id<T> {
    value: Uuid,
    names: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Wraps a UUID read from a database or the wire.
    pub const fn from_uuid(value: Uuid) -> Self {
        Self { value, names: PhantomData }
    }

    /// The UUID inside, for a database parameter.
    pub const fn uuid(self) -> Uuid {
        self.value
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::from_str(text).map(Self::from_uuid)
    }
}
impl<T> From<Uuid> for Id<T> {
    fn from(value: Uuid) -> Self {
        Self::from_uuid(value)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

/// What the shared ids name. The types carry no data; they exist to tell ids apart.
pub mod named {
    /// A workspace.
    pub enum Workspace {}
    /// A person who can sign in.
    pub enum User {}
    /// A signed-in device of a user.
    pub enum Session {}
    /// An API key.
    pub enum ApiKey {}
    /// A run of a job.
    pub enum Run {}
    /// A published event.
    pub enum Event {}
}

/// Names a workspace: who shares a thing.
pub type WorkspaceId = Id<named::Workspace>;
/// Names a user.
pub type UserId = Id<named::User>;
/// Names a session.
pub type SessionId = Id<named::Session>;
/// Names an API key.
pub type ApiKeyId = Id<named::ApiKey>;
/// Names a run.
pub type RunId = Id<named::Run>;
/// Names an event.
pub type EventId = Id<named::Event>;

impl WorkspaceId {
    /// The one hidden workspace that exists until someone adds a second.
    pub const DEFAULT: Self = Self::from_uuid(Uuid::from_u128(1));
}
