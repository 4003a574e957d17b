//! Who is asking, in which workspace, with which rights, under which correlation id.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    ApiKeyId, Clock, Fault, FaultKind, Grants, Permission, Random, RunId, Timestamp, UserId, WorkspaceId,
    is_installation_wide,
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

    /// Whether the actor may do this here. Rights over what all workspaces share hold in the default one alone.
    pub fn allows(&self, resource: &str, verb: &str) -> bool {
        self.reaches(resource, verb) && self.grants.allow_on(resource, verb)
    }

    /// Whether a right of this name can hold in this workspace at all.
    fn reaches(&self, resource: &str, verb: &str) -> bool {
        self.workspace == WorkspaceId::DEFAULT || !is_installation_wide(resource, verb)
    }

    /// Goes on only with the permission.
    ///
    /// # Errors
    /// `unauthenticated` for nobody, `permission_denied` (naming the permission) for somebody.
    pub fn require(&self, permission: Permission) -> Result<(), Fault> {
        self.require_on(permission.resource, permission.verb)
    }

    /// Goes on only with a permission known at run time.
    ///
    /// # Errors
    /// As [`Ctx::require`].
    pub fn require_on(&self, resource: &str, verb: &str) -> Result<(), Fault> {
        if self.allows(resource, verb) {
            return Ok(());
        }
        self.require_somebody()?;
        let place = if self.reaches(resource, verb) { "" } else { " in the default workspace" };
        let message = format!("needs permission {resource}:{verb}{place}");
        Err(Fault::new(FaultKind::Forbidden, "permission_denied", message))
    }

    /// Goes on for anybody but nobody.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn require_somebody(&self) -> Result<(), Fault> {
        match self.actor {
            Actor::Anonymous => {
                Err(Fault::new(FaultKind::Unauthenticated, "unauthenticated", "sign in first"))
            }
            _ => Ok(()),
        }
    }

    /// Goes on for a person who signed in themselves, and no key, run or service that acts for one: a key that leaks
    /// would otherwise make keys that outlive it.
    ///
    /// # Errors
    /// `unauthenticated` for nobody, `session_required` for everything else.
    pub fn require_person(&self) -> Result<UserId, Fault> {
        self.require_somebody()?;
        match &self.actor {
            Actor::User { id } => Ok(*id),
            _ => Err(Fault::new(
                FaultKind::Forbidden,
                "session_required",
                "only a signed-in person can do this",
            )),
        }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ROTATE: Permission = Permission::new("signing_keys", "rotate");
    const SUBMIT: Permission = Permission::new("runs", "submit");

    fn administrator(workspace: WorkspaceId) -> Ctx {
        let actor = Actor::User { id: UserId::from_uuid(Uuid::from_u128(7)) };
        let nobody = Ctx::anonymous(CorrelationId("test".into()));
        Ctx { actor, workspace, grants: Arc::new(Grants::all()), ..nobody }
    }

    #[test]
    fn another_workspaces_administrator_changes_nothing_that_all_share() {
        let (here, there) = (administrator(WorkspaceId::DEFAULT), WorkspaceId::from_uuid(Uuid::from_u128(9)));
        assert!(here.require(ROTATE).is_ok() && here.require(SUBMIT).is_ok());
        let there = administrator(there);
        assert!(there.require(SUBMIT).is_ok());
        let refused = there.require(ROTATE).unwrap_err();
        assert_eq!((refused.kind, &*refused.code), (FaultKind::Forbidden, "permission_denied"));
        assert_eq!(refused.message, "needs permission signing_keys:rotate in the default workspace");
    }

    #[test]
    fn a_person_is_who_signed_in_themselves() {
        assert!(administrator(WorkspaceId::DEFAULT).require_person().is_ok());
        let service = Ctx::service("jobs", CorrelationId("test".into()));
        assert_eq!(service.require_person().unwrap_err().code, "session_required");
        let nobody = Ctx::anonymous(CorrelationId("test".into()));
        assert_eq!(nobody.require_person().unwrap_err().code, "unauthenticated");
    }
}
