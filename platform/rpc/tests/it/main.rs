//! The same suite over every way to a peer: in this process, over TCP, over a Unix socket.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says where"
)]

mod calls;
mod deadlines;
mod echo;
mod failures;
mod isolation;
mod limits;
mod links;
mod peer;
mod retries;
