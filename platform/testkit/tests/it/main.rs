//! The testkit against a real server.
#![expect(clippy::unwrap_used, reason = "a test ends where its arrangement fails")]

mod postgres;
