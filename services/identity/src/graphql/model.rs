//! The types of the schema.

use async_graphql::{ID, InputObject, SimpleObject};

use crate::domain::user::Authorized;

/// A person, by number.
#[derive(SimpleObject)]
pub(super) struct UserModel {
    /// Their number.
    id: ID,
    /// Their address.
    email: String,
}

impl From<Authorized> for UserModel {
    fn from(who: Authorized) -> Self {
        Self { id: who.user.number.into(), email: who.user.email }
    }
}

/// An account to make.
#[derive(InputObject)]
pub(super) struct CreateUserInput {
    /// Its address.
    pub(super) email: String,
    /// Its password: 10 characters or more.
    pub(super) password: String,
}

/// What to sign in with.
#[derive(InputObject)]
pub(super) struct LoginInput {
    /// The address of the account.
    pub(super) email: String,
    /// Its password.
    pub(super) password: String,
}
