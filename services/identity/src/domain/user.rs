//! People and what they may do.

use metier_core::{Fault, Grants, Timestamp, UserId, WorkspaceId};

use super::email::Email;

/// Longest name people are shown by.
pub const MAX_DISPLAY_NAME: usize = 200;

/// A person who can sign in. Their password hash is kept apart: only sign-in reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// For clients that need integer ids.
    pub number: i64,
    /// Where they belong.
    pub workspace: WorkspaceId,
    /// Their address, unique in the installation.
    pub email: String,
    /// How they are shown.
    pub display_name: String,
    /// The name of their role.
    pub role: String,
    /// Rights beyond the role.
    pub extra_grants: Grants,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether they may act.
    pub fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}

/// A person and everything they may do, as their role says at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorized {
    /// Who.
    pub user: User,
    /// The role's rights and the extra ones.
    pub grants: Grants,
}

impl Authorized {
    /// Whether they may do everything: the installation needs at least one who can.
    pub fn is_admin(&self) -> bool {
        self.grants == Grants::all() || self.grants.cover(&Grants::all())
    }
}

/// What is needed to add a person.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Their address.
    pub email: Email,
    /// How they are shown.
    pub display_name: String,
}

impl Profile {
    /// Checks address and name; without a name the first part of the address is shown.
    ///
    /// # Errors
    /// `invalid_parameters` naming what is wrong.
    pub fn parse(email: &str, display_name: Option<&str>) -> Result<Self, Fault> {
        let email: Email = email.parse()?;
        let fallback = email.as_str().split('@').next().unwrap_or_default().to_owned();
        let display_name = display_name.map(check_display_name).transpose()?.unwrap_or(fallback);
        Ok(Self { email, display_name })
    }
}

/// Checks the name a person is shown by.
///
/// # Errors
/// `invalid_parameters` when it is empty, too long or holds control characters.
pub fn check_display_name(text: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_DISPLAY_NAME || text.chars().any(char::is_control) {
        let message = format!("must have 1 to {MAX_DISPLAY_NAME} characters and no control characters");
        return Err(Fault::invalid("/display_name", message));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_the_first_part_of_the_address_is_shown() {
        assert_eq!(Profile::parse("ada@example.org", None).unwrap().display_name, "ada");
        assert_eq!(Profile::parse("ada@example.org", Some(" Ada ")).unwrap().display_name, "Ada");
    }

    #[test]
    fn an_empty_or_broken_name_is_refused() {
        for name in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(check_display_name(name).is_err(), "{name:?}");
        }
    }
}
