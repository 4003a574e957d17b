//! The gRPC side. It translates; [`crate::ops`] decides.

mod identity;
mod jobber;

pub(crate) use identity::server as identity_server;
pub(crate) use jobber::server as jobber_server;
