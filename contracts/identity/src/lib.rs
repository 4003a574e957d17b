//! What other services know of people, keys and tokens.
//!
//! [`IdentityClient`] asks the identity service, in this process or across the network. [`permission`] names
//! the rights it asks for, [`event`] the facts it publishes.

mod client;
pub mod event;
pub mod forwarded;
pub mod permission;

pub use client::{ApiKeyScope, IdentityClient, RunTokenRequest, Token};

/// The name of the service in the registry.
pub const SERVICE: &str = "identity";

/// What the protocol says, for tools that ask a running service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The generated protocol.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.identity.v1");
}

/// The generated protocol of Jobber's clients.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod jobber {
    tonic::include_proto!("auth");
}
