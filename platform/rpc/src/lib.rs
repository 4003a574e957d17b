//! gRPC between services, the same whether the peer lives in this process or across the network.
//!
//! - [`Link`] is what every generated client talks through: `XClient::new(link)`.
//! - [`ClientLayer`] puts on each call who asks, under which correlation id and trace, and until when.
//! - [`Guard`] stands before every server: it authenticates, keeps deadlines, contains panics and counts.
//! - [`status`] and [`fault`] turn the shared error into a gRPC status and back without loss.
//!
//! Identity, trace and deadline travel as metadata only, so that both ways behave alike. The test suite of
//! this crate runs on both.

mod body;
mod client;
mod deadline;
mod guard;
mod link;
mod outcome;
mod remote;
mod retry;
mod status;
mod trace;

pub use client::{ClientLayer, request};
pub use guard::{Guard, GuardOptions, ctx};
pub use link::Link;
pub use remote::RemoteOptions;
pub use retry::Retry;
pub use status::{fault, status};
pub use trace::TraceContext;

/// Header and metadata key of the correlation id, at every edge.
pub const CORRELATION_HEADER: &str = "x-correlation-id";

/// Largest message decoded by default, in bytes. A generated server or client raises it for itself with
/// `max_decoding_message_size`.
pub const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;
