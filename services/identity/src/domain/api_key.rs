//! API keys: rights cut out of their owner's, for programs and workers.

use metier_core::{ApiKeyId, Fault, Grants, Timestamp, UserId, WorkspaceId};

use super::role::{MAX_ROLE_GRANTS, parse_grants};

const MAX_NAME: usize = 100;
const MAX_NAMES: usize = 50;

/// A key as its owner sees it: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: ApiKeyId,
    /// Where it works.
    pub workspace: WorkspaceId,
    /// Whose.
    pub user: UserId,
    /// How its text begins, after the mark.
    pub prefix: String,
    /// What it is for.
    pub name: String,
    /// What it may do, as long as its owner may.
    pub grants: Grants,
    /// Kinds a worker may claim with it.
    pub kinds: Vec<String>,
    /// Queues a worker may claim from with it.
    pub queues: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last exchanged, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKeyRecord {
    /// Whether it opens anything at this moment.
    pub fn is_usable(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// What somebody asks for when they make a key.
#[derive(Clone, Debug)]
pub struct ApiKeyWish {
    /// What it is for.
    pub name: String,
    /// What it shall be allowed.
    pub grants: Vec<String>,
    /// Kinds a worker may claim with it.
    pub kinds: Vec<String>,
    /// Queues a worker may claim from with it.
    pub queues: Vec<String>,
    /// When it shall end.
    pub expires_at: Option<Timestamp>,
}

/// A wish that was checked.
#[derive(Clone, Debug)]
pub struct ApiKeyPlan {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub grants: Grants,
    /// Kinds a worker may claim with it.
    pub kinds: Vec<String>,
    /// Queues a worker may claim from with it.
    pub queues: Vec<String>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl ApiKeyWish {
    /// Checks names, rights and time.
    ///
    /// # Errors
    /// `invalid_parameters` naming what is wrong.
    pub fn check(self, now: Timestamp) -> Result<ApiKeyPlan, Fault> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            let message = format!("must have 1 to {MAX_NAME} characters and no control characters");
            return Err(Fault::invalid("/name", message));
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Fault::invalid("/expires_at", "must be in the future"));
        }
        Ok(ApiKeyPlan {
            name,
            grants: parse_grants("/grants", &self.grants, MAX_ROLE_GRANTS)?,
            kinds: check_names("/kinds", self.kinds)?,
            queues: check_names("/queues", self.queues)?,
            expires_at: self.expires_at,
        })
    }
}

fn check_names(field: &str, names: Vec<String>) -> Result<Vec<String>, Fault> {
    if names.len() > MAX_NAMES {
        return Err(Fault::invalid(field, format!("must have at most {MAX_NAMES} entries")));
    }
    match names.iter().position(|name| !is_name(name)) {
        Some(index) => {
            let message = "must be * or 1 to 100 of a-z A-Z 0-9 . - _";
            Err(Fault::invalid(format!("{field}/{index}"), message))
        }
        None => Ok(names),
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    name == "*" || ((1..=100).contains(&name.len()) && name.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> ApiKeyWish {
        ApiKeyWish {
            name: "worker".into(),
            grants: vec!["runs:read".into()],
            kinds: vec!["fibonacci".into()],
            queues: vec!["*".into()],
            expires_at: None,
        }
    }

    #[test]
    fn a_good_wish_is_granted_as_it_is() {
        let plan = wish().check(Timestamp::EPOCH).unwrap();
        assert_eq!((plan.grants.texts(), plan.kinds), (vec!["runs:read".into()], vec!["fibonacci".into()]));
    }

    #[test]
    fn each_wrong_part_is_named() {
        let field = |wish: ApiKeyWish| {
            wish.check(Timestamp::from_seconds(10)).unwrap_err().violations[0].field.clone()
        };
        assert_eq!(field(ApiKeyWish { name: " ".into(), ..wish() }), "/name");
        assert_eq!(field(ApiKeyWish { kinds: vec!["a".into(), "b c".into()], ..wish() }), "/kinds/1");
        assert_eq!(field(ApiKeyWish { queues: vec![String::new()], ..wish() }), "/queues/0");
        assert_eq!(field(ApiKeyWish { grants: vec!["all".into()], ..wish() }), "/grants/0");
        assert_eq!(
            field(ApiKeyWish { expires_at: Some(Timestamp::from_seconds(10)), ..wish() }),
            "/expires_at"
        );
    }
}
