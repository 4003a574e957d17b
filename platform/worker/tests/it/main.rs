//! The worker against a scripted engine, in virtual time.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod engine;
mod faults;
mod interleaving;
mod reporting;
mod running;
mod shutdown;
mod stopping;
mod workshop;
