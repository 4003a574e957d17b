//! The engine through its operations, on both databases.
#![allow(clippy::unwrap_used, reason = "a broken expectation fails the test")]

mod bed;
mod cancelling;
mod defining;
mod interleaving;
mod limits;
mod lost_workers;
mod queueing;
mod replaying;
mod retention;
mod schema;
mod submitting;
mod working;
