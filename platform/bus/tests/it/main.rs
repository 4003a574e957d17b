//! Events between their publication and their readers, on both databases.
#![allow(clippy::unwrap_used, reason = "a broken expectation fails the test")]

mod bed;
mod order;
