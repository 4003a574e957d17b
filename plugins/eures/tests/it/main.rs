//! The source over HTTP, reading recorded answers through the stand-in.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod faults;
mod recorded;
mod support;
