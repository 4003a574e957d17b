//! Authority: permissions `resource:verb`, grants with `*`, and the built-in roles.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A single right that an operation asks for. Services declare theirs as constants in their contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// What it is about, plural: `runs`.
    pub resource: &'static str,
    /// What is done to it: `submit`.
    pub verb: &'static str,
}

impl Permission {
    /// Declares a permission.
    pub const fn new(resource: &'static str, verb: &'static str) -> Self {
        Self { resource, verb }
    }
}

/// Rights over what all workspaces share: sources and postings, signing keys, the engine's and the machine's own
/// state. They hold in the default workspace alone, whatever a role or a key of another one says; `*` is any verb.
const INSTALLATION: [(&str, &str); 8] = [
    ("events", "read"),
    ("metrics", "*"),
    ("postings", "write"),
    ("signing_keys", "*"),
    ("sources", "manage"),
    ("sources", "sync"),
    ("system", "*"),
    ("tokens", "*"),
];

/// Whether a right is over what all workspaces share, so that it holds in the default workspace alone.
pub fn is_installation_wide(resource: &str, verb: &str) -> bool {
    INSTALLATION.iter().any(|(shared, done)| *shared == resource && (*done == "*" || *done == verb))
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource, self.verb)
    }
}

/// A permission given to someone; either side may be `*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Grant {
    resource: String,
    verb: String,
}

/// The text is not `resource:verb`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a permission of the form resource:verb")]
pub struct GrantError(String);

impl Grant {
    fn allows(&self, resource: &str, verb: &str) -> bool {
        (self.resource == "*" || self.resource == resource) && (self.verb == "*" || self.verb == verb)
    }

    fn meet(&self, other: &Self) -> Option<Self> {
        Some(Self { resource: meet(&self.resource, &other.resource)?, verb: meet(&self.verb, &other.verb)? })
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte)
}

fn meet(a: &str, b: &str) -> Option<String> {
    match (a, b) {
        ("*", other) | (other, "*") => Some(other.to_owned()),
        (a, b) if a == b => Some(a.to_owned()),
        _ => None,
    }
}

impl FromStr for Grant {
    type Err = GrantError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let valid = |part: &str| part == "*" || (!part.is_empty() && part.bytes().all(is_name_byte));
        match text.split_once(':') {
            Some((resource, verb)) if valid(resource) && valid(verb) => {
                Ok(Self { resource: resource.to_owned(), verb: verb.to_owned() })
            }
            _ => Err(GrantError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Grant {
    type Error = GrantError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Grant> for String {
    fn from(grant: Grant) -> Self {
        format!("{}:{}", grant.resource, grant.verb)
    }
}

impl From<Permission> for Grant {
    fn from(permission: Permission) -> Self {
        Self { resource: permission.resource.to_owned(), verb: permission.verb.to_owned() }
    }
}

/// Everything someone may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(BTreeSet<Grant>);

impl Grants {
    /// Every right there is: the system itself, and administrators.
    pub fn all() -> Self {
        [Grant { resource: "*".to_owned(), verb: "*".to_owned() }].into_iter().collect()
    }

    /// Parses `resource:verb` texts.
    ///
    /// # Errors
    /// At the first text that is not a permission.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, GrantError> {
        texts.into_iter().map(Grant::from_str).collect::<Result<BTreeSet<_>, _>>().map(Self)
    }

    /// Whether the permission is given.
    pub fn allow(&self, permission: Permission) -> bool {
        self.allow_on(permission.resource, permission.verb)
    }

    /// Whether `verb` is given on a resource known only at run time, such as `tasks.fibonacci`.
    pub fn allow_on(&self, resource: &str, verb: &str) -> bool {
        self.0.iter().any(|grant| grant.allows(resource, verb))
    }

    /// Whether `verb` is given on `resource`, or on something within it, such as `tasks.fibonacci` in `tasks`.
    pub fn allow_within(&self, resource: &str, verb: &str) -> bool {
        let within = |own: &str| own.strip_prefix(resource).is_some_and(|rest| rest.starts_with('.'));
        self.0.iter().any(|grant| {
            grant.allows(resource, verb) || (within(&grant.resource) && ["*", verb].contains(&&*grant.verb))
        })
    }

    /// Whether every one of `other`'s grants is covered, so that handing them on gives nothing away.
    pub fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|grant| self.0.iter().any(|own| own.meet(grant).as_ref() == Some(grant)))
    }

    /// What both allow: a handler gets the actor's rights cut down to its kind's.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        self.0.iter().flat_map(|own| other.0.iter().filter_map(|grant| own.meet(grant))).collect()
    }

    /// Both together.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.union(&other.0).cloned().collect()
    }

    /// The grants as texts, in order.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().cloned().map(String::from).collect()
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

/// The built-in roles. Custom roles are plain grants kept by the identity service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, people and keys included.
    Admin,
    /// Runs the place: jobs, runs, queues, sources, products of everyone; no people, no keys of others.
    Operator,
    /// Works with their own runs and the shared postings and products.
    User,
    /// Sees what is shared and everyone's runs; changes nothing.
    Viewer,
}

impl Role {
    /// Every built-in role, strongest first.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Operator, Self::User, Self::Viewer];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Operator => "operator",
            Self::User => "user",
            Self::Viewer => "viewer",
        }
    }

    /// What it may do.
    pub fn grants(self) -> Grants {
        let texts: &[&str] = match self {
            Self::Admin => &["*:*"],
            Self::Operator => &[
                "audit:read",
                "calendars:*",
                "http:*",
                "jobs:*",
                "postings:*",
                "products:*",
                "queues:*",
                "runs:*",
                "schedules:*",
                "sources:*",
                "system:read",
                "webhooks:*",
            ],
            Self::User => &[
                "calendars:read",
                "jobs:read",
                "postings:read",
                "products:read",
                "products:create",
                "queues:read",
                "runs:cancel",
                "runs:read",
                "runs:retry",
                "runs:submit",
                "schedules:read",
                "schedules:write",
                "sources:read",
                "webhooks:*",
            ],
            Self::Viewer => &[
                "calendars:read",
                "jobs:read",
                "postings:read",
                "products:read",
                "queues:read",
                "runs:read",
                "runs:read_all",
                "schedules:read",
                "schedules:read_all",
                "sources:read",
            ],
        };
        Grants::parse(texts.iter().copied()).unwrap_or_default()
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = GrantError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| GrantError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBMIT: Permission = Permission::new("runs", "submit");

    #[test]
    fn every_role_has_grants_and_only_the_stronger_cover_the_weaker() {
        assert!(Role::ALL.iter().all(|role| role.grants() != Grants::default()));
        assert!(Role::Admin.grants().cover(&Role::Operator.grants()));
        assert!(!Role::User.grants().cover(&Role::Operator.grants()));
        assert!(!Role::Viewer.grants().allow(SUBMIT));
    }

    #[test]
    fn an_intersection_is_never_more_than_either_side() {
        let kind = Grants::parse(["runs:submit", "users:delete"]).unwrap();
        assert_eq!(Role::User.grants().intersect(&kind).texts(), ["runs:submit"]);
        assert_eq!(Grants::all().intersect(&kind), kind);
    }

    #[test]
    fn what_all_workspaces_share_is_told_from_what_belongs_to_one() {
        for (resource, verb) in [("signing_keys", "rotate"), ("system", "read"), ("sources", "manage")] {
            assert!(is_installation_wide(resource, verb), "{resource}:{verb}");
        }
        for (resource, verb) in
            [("sources", "read"), ("postings", "read"), ("runs", "submit"), ("users", "delete")]
        {
            assert!(!is_installation_wide(resource, verb), "{resource}:{verb}");
        }
    }

    #[test]
    fn a_right_within_a_resource_is_found_from_without() {
        let one_kind = Grants::parse(["tasks.fibonacci:claim"]).unwrap();
        assert!(one_kind.allow_within("tasks", "claim") && Grants::all().allow_within("tasks", "claim"));
        assert!(!one_kind.allow_within("tasks", "read") && !one_kind.allow_within("task", "claim"));
    }

    #[test]
    fn a_grant_that_is_not_resource_and_verb_is_refused() {
        for text in ["", "runs", "runs:", ":submit", "Runs:submit", "a:b:c"] {
            assert!(text.parse::<Grant>().is_err(), "{text}");
        }
    }
}
