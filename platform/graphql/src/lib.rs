//! GraphQL over HTTP, the same for every service that answers it.
//!
//! - [`limited`] gives a schema its limits of depth and complexity.
//! - [`answer`] answers one request: as JSON, or as server-sent events for who accepts those. Subscriptions come as
//!   events only, in the form of the protocol GraphQL over SSE ("distinct connections"), which any proxy passes.
//! - [`refused`] turns a [`metier_core::Fault`] into an error whose `extensions` hold the stable code.
//! - [`Whole`] is an integer under the name that clients know as `Float`; [`DateTime`] is a moment.
//!
//! Absent on purpose: batches of requests, which would go around the limits; web sockets; persisted queries.

mod answer;
mod body;
mod fault;
mod limits;
mod scalars;
mod size;

pub use answer::answer;
pub use body::RequestBody;
pub use fault::refused;
pub use limits::{COSTLY, limited};
pub use scalars::{DateTime, Whole};
