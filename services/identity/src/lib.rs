//! People, sessions, roles, API keys, and the tokens every service trusts.
//!
//! An account is only as safe as its weakest door, so all doors are here: sign-in with throttling that
//! cannot be used to lock the owner out, refresh tokens that are good once, keys and run tokens that never
//! hold more rights than the person behind them. See the README for the rules in words.

mod config;
mod domain;
mod error;
mod graphql;
mod http;
mod ops;
mod rpc;
mod service;
mod store;

pub use config::{Config, Registration, SessionsConfig, SetupConfig};
pub use service::{IdentityService, SPEC, setup_token};
