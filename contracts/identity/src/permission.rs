//! The rights that operations of the identity service ask for.
//!
//! What people do with their own account (sessions, password, own keys) needs no right but being signed in.

use metier_core::Permission;

/// See every person of the workspace.
pub const USERS_READ: Permission = Permission::new("users", "read");
/// Add people.
pub const USERS_CREATE: Permission = Permission::new("users", "create");
/// Change, disable and enable people, and set their passwords.
pub const USERS_UPDATE: Permission = Permission::new("users", "update");
/// Delete people.
pub const USERS_DELETE: Permission = Permission::new("users", "delete");
/// See roles and what they allow.
pub const ROLES_READ: Permission = Permission::new("roles", "read");
/// Add roles.
pub const ROLES_CREATE: Permission = Permission::new("roles", "create");
/// Change roles.
pub const ROLES_UPDATE: Permission = Permission::new("roles", "update");
/// Delete roles.
pub const ROLES_DELETE: Permission = Permission::new("roles", "delete");
/// See the API keys of others.
pub const API_KEYS_READ_ALL: Permission = Permission::new("api_keys", "read_all");
/// Revoke the API keys of others.
pub const API_KEYS_REVOKE_ALL: Permission = Permission::new("api_keys", "revoke_all");
/// Replace the key that signs tokens.
pub const SIGNING_KEYS_ROTATE: Permission = Permission::new("signing_keys", "rotate");
/// Exchange API keys for tokens; what the gateway does.
pub const TOKENS_EXCHANGE: Permission = Permission::new("tokens", "exchange");
/// Mint tokens for runs; what the jobs service does.
pub const TOKENS_MINT: Permission = Permission::new("tokens", "mint");
