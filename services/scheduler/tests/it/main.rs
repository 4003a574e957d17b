//! The scheduler through its doors, on SQLite and on PostgreSQL, with an engine and people that a test decides.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says where")]

mod calendars;
mod declaring;
mod firing;
mod overlapping;
mod peers;
mod schedules;
mod schema;
mod simulation;
mod world;
