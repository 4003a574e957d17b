//! The products service through its doors, on SQLite and on PostgreSQL.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says where")]

mod authorization;
mod categories;
mod events;
mod lists;
mod loading;
mod products;
mod schema;
mod world;
