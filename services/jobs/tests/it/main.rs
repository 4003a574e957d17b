//! The engine through its operations, on both databases.
#![allow(clippy::unwrap_used, reason = "a broken expectation fails the test")]

mod acknowledging;
mod bed;
mod blobs;
mod cancelling;
mod capabilities;
mod defining;
mod ends;
mod figures;
mod flow_simulation;
mod holders;
mod interleaving;
mod keys;
mod limits;
mod listing;
mod lost_workers;
mod naming;
mod overdue;
mod queueing;
mod replaying;
mod replicas;
mod retention;
mod schema;
mod sharing;
mod simulation;
mod submitting;
mod telling;
mod tokens;
mod uploading;
mod workflows;
mod working;
