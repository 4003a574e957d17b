//! Section `identity` of the settings.

use std::time::Duration;

use metier_auth::HashSettings;
use metier_core::Secret;
use serde::{Deserialize, Serialize};

use crate::domain::session::Lifetime;

/// What an operator may decide about people and sign-in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Who may make accounts.
    pub registration: Registration,
    /// How long people stay signed in.
    pub sessions: SessionsConfig,
    /// How the first administrator comes to be without somebody at the keyboard.
    pub setup: SetupConfig,
    /// How much work a password hash is.
    pub passwords: HashSettings,
}

/// Who may make accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Administrators only.
    #[default]
    Closed,
    /// Anybody who reaches the public door; they get the role `user`.
    Open,
}

/// How long people stay signed in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionsConfig {
    /// Without using it.
    #[serde(with = "humantime_serde")]
    pub idle: Duration,
    /// In all; then the password is asked for again.
    #[serde(with = "humantime_serde")]
    pub longest: Duration,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        let day = Duration::from_hours(24);
        Self { idle: 14 * day, longest: 90 * day }
    }
}

impl From<&SessionsConfig> for Lifetime {
    fn from(config: &SessionsConfig) -> Self {
        Self { idle: config.idle, longest: config.longest }
    }
}

/// The first administrator, unattended. Without any of it, a one-time token is printed at the first start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetupConfig {
    /// The one-time token to accept, instead of a random one.
    pub token: Option<Secret<String>>,
    /// The address of the first administrator, who is then made at the first start.
    pub email: Option<String>,
    /// Their password.
    pub password: Option<Secret<String>>,
}
