//! Webhooks through their doors, on SQLite and on PostgreSQL, with a real receiver.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says where")]

mod deciding;
mod delivering;
mod hearing;
mod peers;
mod receiver;
mod schema;
mod world;
