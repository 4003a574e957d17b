//! The source over HTTP, reading recorded answers through the stand-in.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise, and says why it skips"
)]

mod faults;
mod recorded;
mod support;
