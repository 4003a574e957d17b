//! The identity service through its doors, on SQLite and on PostgreSQL.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says where"
)]

mod api_keys;
mod authorization;
mod cookies;
mod events;
mod login;
mod password;
mod refresh;
mod roles;
mod schema;
mod sessions;
mod setup;
mod throttle;
mod tokens;
mod users;
mod world;
