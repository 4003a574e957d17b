//! Roles: the four built-in ones, and those a workspace makes itself.

use std::str::FromStr;

use metier_core::{Fault, Grants, Role, Timestamp, WorkspaceId};

/// Rights travel in tokens, and a token must fit into a cookie: this many characters of rights per role.
pub const MAX_ROLE_GRANTS: usize = 1_500;
/// The same for the extra rights of one person.
pub const MAX_EXTRA_GRANTS: usize = 500;
/// Longest description of a role.
pub const MAX_DESCRIPTION: usize = 400;

/// The name of a role a workspace made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRoleName(String);

impl CustomRoleName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomRoleName {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        let starts_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !starts_well || text.len() > 32 || !text.bytes().all(plain) {
            return Err(Fault::invalid("/name", "must be 1 to 32 of a-z 0-9 - _ and begin with a letter"));
        }
        if Role::from_str(text).is_ok() {
            return Err(Fault::invalid("/name", "is the name of a built-in role"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A role a workspace made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// Where it exists.
    pub workspace: WorkspaceId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub grants: Grants,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Reads rights from `field`, refusing more than `limit` characters of them.
///
/// # Errors
/// `invalid_parameters` naming the entry that is not a right.
pub fn parse_grants(field: &str, texts: &[String], limit: usize) -> Result<Grants, Fault> {
    if texts.iter().map(String::len).sum::<usize>() > limit {
        return Err(Fault::invalid(field, format!("must be at most {limit} characters together")));
    }
    let mut grants = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let grant = text.parse().map_err(|_| {
            Fault::invalid(format!("{field}/{index}"), "must be a permission such as runs:read or runs:*")
        });
        grants.push(grant?);
    }
    Ok(grants.into_iter().collect())
}

/// Checks the description of a role.
///
/// # Errors
/// `invalid_parameters` when it is too long or holds control characters.
pub fn check_description(text: &str) -> Result<(), Fault> {
    if text.chars().count() > MAX_DESCRIPTION || text.chars().any(char::is_control) {
        let message = format!("must have at most {MAX_DESCRIPTION} characters and no control characters");
        return Err(Fault::invalid("/description", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_role_never_hides_a_built_in_one() {
        assert!("admin".parse::<CustomRoleName>().is_err());
        assert!("release-team_2".parse::<CustomRoleName>().is_ok());
        for text in ["", "2nd", "Ops", "a b", &"x".repeat(33)] {
            assert!(text.parse::<CustomRoleName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_wrong_right_is_named() {
        let fault = parse_grants("grants", &["runs:read".into(), "runs".into()], 100).unwrap_err();
        assert_eq!(fault.violations[0].field, "grants/1");
        assert!(parse_grants("grants", &["runs:read".into()], 5).is_err());
    }
}
