//! The service's judgment on real data, and its rules as properties.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and says why it skips"
)]

mod bed;
mod dedupe_labels;
mod dedupe_rules;
mod openjobs;
mod real_sources;
mod schema;
mod search;
mod shared_data;
mod syncing;
mod uniting;
