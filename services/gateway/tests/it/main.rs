//! The public door in front of services that tell what reached them, in one process and across the network.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says where"
)]

mod calls;
mod console;
mod cors;
mod credentials;
mod entrance;
mod events;
mod health;
mod limits;
mod passing;
mod services;
mod streaming;
mod world;
