//! The SDK from outside: a plugin served over HTTP, a source asked over HTTP, and plugins verified.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod fetcher;
mod python;
mod server;
mod support;
mod verify;
