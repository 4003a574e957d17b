//! The facts the identity service publishes. No event holds an address, a password, a key or a token.

use metier_core::{ApiKeyId, SessionId, UserId};
use serde::{Deserialize, Serialize};

/// Events about people, their roles and rights; the subject is the user's id or the role's name.
pub const TOPIC_USER: &str = "user";
/// Events about sign-in, sessions and keys; the subject is the user's id, or `unknown`.
pub const TOPIC_AUTH: &str = "auth";

/// A person signed in. Data: [`SessionEvent`].
pub const LOGIN: &str = "auth.user.login";
/// Somebody failed to sign in. The subject is `unknown` when nobody has the address they named.
pub const LOGIN_FAILED: &str = "auth.user.login_failed";
/// A person signed out. Data: [`SessionEvent`].
pub const LOGOUT: &str = "auth.user.logout";
/// A refresh token was exchanged for the next. Data: [`SessionEvent`].
pub const TOKEN_REFRESHED: &str = "auth.token.refreshed";
/// A refresh token came a second time: somebody else may have it. Data: [`SessionEvent`].
pub const TOKEN_REUSED: &str = "auth.token.reused";
/// A session was ended other than by signing out. Data: [`SessionEvent`].
pub const SESSION_REVOKED: &str = "auth.session.revoked";
/// An API key was made. Data: [`ApiKeyEvent`].
pub const API_KEY_CREATED: &str = "auth.api_key.created";
/// An API key was revoked. Data: [`ApiKeyEvent`].
pub const API_KEY_REVOKED: &str = "auth.api_key.revoked";
/// A fresh key signs tokens from now on.
pub const SIGNING_KEY_ROTATED: &str = "auth.signing_key.rotated";

/// A person was added. Data: [`UserEvent`].
pub const USER_CREATED: &str = "user.created";
/// A person was changed. Data: [`UserEvent`].
pub const USER_UPDATED: &str = "user.updated";
/// A person was deleted: what they own elsewhere has to go. Data: [`UserEvent`].
pub const USER_DELETED: &str = "user.deleted";
/// A disabled person may sign in again. Data: [`UserEvent`].
pub const USER_ACTIVATED: &str = "user.activated";
/// A person may no longer sign in. Data: [`UserEvent`].
pub const USER_DEACTIVATED: &str = "user.deactivated";
/// A person got another role. Data: [`UserEvent`].
pub const ROLE_ASSIGNED: &str = "user.role.assigned";
/// A person's extra rights were changed. Data: [`UserEvent`].
pub const PERMISSIONS_CHANGED: &str = "user.permission.changed";
/// A person has another password. Data: [`UserEvent`].
pub const PASSWORD_CHANGED: &str = "user.password.changed";
/// A custom role was added. Data: the role's name.
pub const ROLE_CREATED: &str = "user.role.created";
/// A custom role was changed. Data: the role's name.
pub const ROLE_UPDATED: &str = "user.role.updated";
/// A custom role was deleted. Data: the role's name.
pub const ROLE_DELETED: &str = "user.role.deleted";

/// What an event about a person tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEvent {
    /// Who.
    pub user_id: UserId,
    /// Their number.
    pub number: i64,
    /// Their role.
    pub role: String,
}

/// What an event about a session tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEvent {
    /// Whose session.
    pub user_id: UserId,
    /// Which.
    pub session_id: SessionId,
}

/// What an event about an API key tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyEvent {
    /// Whose key.
    pub user_id: UserId,
    /// Which.
    pub api_key_id: ApiKeyId,
}
