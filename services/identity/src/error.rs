//! Why the identity service refuses, by cause, and what the client hears.

use std::time::Duration;

use metier_auth::TokenError;
use metier_core::{ApiKeyId, Fault, FaultKind, SessionId, UserId};
use metier_db::{DbError, sea_orm::DbErr};

/// Everything that can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address, the password or the account is wrong; which one is not said.
    #[error("the e-mail address or the password is wrong")]
    CredentialsWrong,
    /// Too many failures before.
    #[error("too many failed sign-ins; try again later")]
    Throttled {
        /// When it makes sense to try again.
        retry_after: Duration,
    },
    /// The current password does not match.
    #[error("the current password is wrong")]
    PasswordWrong,
    /// Unknown, ended or expired.
    #[error("the refresh token is not valid; sign in again")]
    RefreshInvalid,
    /// It was exchanged before: somebody else may have it, so the session was ended.
    #[error("the refresh token was used before, so the session was ended; sign in again")]
    RefreshReused,
    /// Accounts are made by administrators only.
    #[error("registration is closed; ask an administrator for an account")]
    RegistrationClosed,
    /// Not the token that was printed.
    #[error("the setup token is not valid")]
    SetupTokenWrong,
    /// There is an account already.
    #[error("this installation is set up already; sign in")]
    AlreadySetUp,
    /// One account per address.
    #[error("another account has this e-mail address")]
    EmailTaken,
    /// No such person, or not in this workspace.
    #[error("no user {0}")]
    UserNotFound(UserId),
    /// No such living session of the caller.
    #[error("no session {0}")]
    SessionNotFound(SessionId),
    /// No such key, or somebody else's.
    #[error("no API key {0}")]
    ApiKeyNotFound(ApiKeyId),
    /// No such role in this workspace.
    #[error("no role {0}")]
    RoleNotFound(String),
    /// The name is taken.
    #[error("there is a role {0} already")]
    RoleExists(String),
    /// Built-in roles are the same everywhere.
    #[error("{0} is a built-in role; make a role of your own instead")]
    RoleBuiltIn(String),
    /// Somebody has it.
    #[error("somebody has the role {0}; give them another one first")]
    RoleInUse(String),
    /// Nobody can give what they do not have.
    #[error("you cannot give rights that you do not have")]
    GrantsExceeded,
    /// The person may do more than the caller.
    #[error("you cannot change somebody who may do more than you")]
    Stronger,
    /// Nobody could administer the workspace any more.
    #[error("this is the last administrator; make another one first")]
    LastAdmin,
    /// A limit that keeps lists short.
    #[error("you have {0} API keys, the most there may be; revoke some first")]
    TooManyApiKeys(i64),
    /// Unknown, expired, revoked, or its owner is disabled.
    #[error("the API key is not valid")]
    ApiKeyInvalid,
    /// Whose token it is cannot be said, or they may no longer act.
    #[error("the token is not valid any more; sign in again")]
    TokenRefused,
    /// Only one service may ask this.
    #[error("only the service {0} may do this")]
    OnlyFor(&'static str),
    /// The person or key a run works for may no longer act.
    #[error("the user or API key the run works for may no longer act")]
    RunActorGone,
    /// A fault that says everything itself.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Database(error.into())
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let (kind, code) = match error {
            Error::Fault(fault) => return fault,
            Error::Database(error) => return error.into(),
            Error::UserNotFound(id) => return Self::not_found("user", id),
            Error::SessionNotFound(id) => return Self::not_found("session", id),
            Error::ApiKeyNotFound(id) => return Self::not_found("API key", id),
            Error::RoleNotFound(name) => return Self::not_found("role", name),
            Error::Throttled { retry_after } => {
                let fault = Self::new(FaultKind::RateLimited, "login_throttled", error.to_string());
                return fault.retry_after(retry_after);
            }
            Error::CredentialsWrong => (FaultKind::Unauthenticated, "credentials_wrong"),
            Error::PasswordWrong => (FaultKind::Forbidden, "password_wrong"),
            Error::RefreshInvalid => (FaultKind::Unauthenticated, "refresh_token_invalid"),
            Error::RefreshReused => (FaultKind::Unauthenticated, "refresh_token_reused"),
            Error::SetupTokenWrong => (FaultKind::Unauthenticated, "setup_token_invalid"),
            Error::ApiKeyInvalid => (FaultKind::Unauthenticated, "api_key_invalid"),
            Error::TokenRefused => (FaultKind::Unauthenticated, "token_invalid"),
            Error::RegistrationClosed => (FaultKind::Forbidden, "registration_closed"),
            Error::GrantsExceeded => (FaultKind::Forbidden, "grants_exceeded"),
            Error::Stronger => (FaultKind::Forbidden, "user_stronger"),
            Error::OnlyFor(_) => (FaultKind::Forbidden, "permission_denied"),
            Error::AlreadySetUp => (FaultKind::Conflict, "already_set_up"),
            Error::EmailTaken => (FaultKind::Conflict, "email_taken"),
            Error::RoleExists(_) => (FaultKind::Conflict, "role_exists"),
            Error::RoleBuiltIn(_) => (FaultKind::Conflict, "role_built_in"),
            Error::RoleInUse(_) => (FaultKind::Conflict, "role_in_use"),
            Error::LastAdmin => (FaultKind::Conflict, "last_admin"),
            Error::TooManyApiKeys(_) => (FaultKind::Conflict, "too_many_api_keys"),
            Error::RunActorGone => (FaultKind::Conflict, "run_actor_gone"),
        };
        Self::new(kind, code, error.to_string())
    }
}
