//! Who is asking, in which workspace, with which rights, under which correlation id.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    ApiKeyId, Clock, Fault, FaultKind, Grants, Permission, Random, RunId, Timestamp, UserId, WorkspaceId,
};

/// The one who acts. Kept on runs, events and audit entries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// Nobody signed in.
    Anonymous,
    /// A person.
    User {
        /// Who.
        id: UserId,
    },
    /// A key acting for its owner.
    ApiKey {
        /// The key.
        id: ApiKeyId,
        /// The person it acts for.
        user: UserId,
    },
    /// A handler working on a run, for the one who submitted it.
    Run {
        /// The run.
        id: RunId,
        /// The person who submitted it.
        user: UserId,
    },
    /// A Metier service acting for itself.
    Service {
        /// Its name in the registry.
        name: String,
    },
}

impl Actor {
    /// The person behind it, who owns what is created.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id } => Some(*id),
            Self::ApiKey { user, .. } | Self::Run { user, .. } => Some(*user),
            Self::Anonymous | Self::Service { .. } => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::User { id } => write!(f, "user:{id}"),
            Self::ApiKey { id, .. } => write!(f, "api_key:{id}"),
            Self::Run { id, .. } => write!(f, "run:{id}"),
            Self::Service { name } => write!(f, "service:{name}"),
        }
    }
}

/// One id from the edge through every service, run, task, log line and audit entry.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(Arc<str>);

impl CorrelationId {
    /// Longest id taken from a client.
    pub const MAX_LENGTH: usize = 64;

    /// A fresh id.
    pub fn fresh(clock: &Clock, random: &Random) -> Self {
        Self(random.uuid(clock.now()).simple().to_string().into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CorrelationId {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !plain {
            return Err(Fault::invalid("x-correlation-id", "must be 1 to 64 of A-Z a-z 0-9 - _ ."));
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The context of one operation. `ops` take it first and begin with [`Ctx::require`].
#[derive(Clone, Debug)]
pub struct Ctx {
    /// Who acts.
    pub actor: Actor,
    /// Where.
    pub workspace: WorkspaceId,
    /// What the actor may do here.
    pub grants: Arc<Grants>,
    /// The thread through every log line and record.
    pub correlation: CorrelationId,
    /// When the caller stops waiting.
    pub deadline: Option<Timestamp>,
}

impl Ctx {
    /// A service acting for itself in the default workspace: loops, start-up, maintenance.
    pub fn service(name: &str, correlation: CorrelationId) -> Self {
        Self {
            actor: Actor::Service { name: name.to_owned() },
            workspace: WorkspaceId::DEFAULT,
            grants: Arc::new(Grants::all()),
            correlation,
            deadline: None,
        }
    }

    /// Nobody signed in.
    pub fn anonymous(correlation: CorrelationId) -> Self {
        Self {
            actor: Actor::Anonymous,
            workspace: WorkspaceId::DEFAULT,
            grants: Arc::default(),
            correlation,
            deadline: None,
        }
    }

    /// Goes on only with the permission.
    ///
    /// # Errors
    /// `unauthenticated` for nobody, `permission_denied` (naming the permission) for somebody.
    pub fn require(&self, permission: Permission) -> Result<(), Fault> {
        if self.grants.allow(permission) {
            return Ok(());
        }
        Err(match self.actor {
            Actor::Anonymous => Fault::new(FaultKind::Unauthenticated, "unauthenticated", "sign in first"),
            _ => Fault::new(
                FaultKind::Forbidden,
                "permission_denied",
                format!("needs permission {permission}"),
            ),
        })
    }

    /// Whether rows of other owners may be seen: `resource:read_all`.
    pub fn sees_all(&self, resource: &'static str) -> bool {
        self.grants.allow(Permission::new(resource, "read_all"))
    }

    /// The person behind the actor.
    ///
    /// # Errors
    /// `person_required` when a service or nobody asks for something only a person can own.
    pub fn user(&self) -> Result<UserId, Fault> {
        self.actor
            .user()
            .ok_or_else(|| Fault::new(FaultKind::Forbidden, "person_required", "only a person can do this"))
    }
}
