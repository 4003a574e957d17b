//! Events: facts published with the change that made them true.
//!
//! - [`Outbox::publish`] writes an event in the change's own transaction.
//! - The [`Relay`] of the service gives committed events their positions, in commit order: a reader that
//!   has seen position `n` will never find a new event at or below `n`.
//! - [`serve`] offers the log to other services; [`Consumer`] reads it through rpc, in this process or
//!   across the network, and keeps its position in its own database together with what it did, so a
//!   repeated event changes nothing.
//! - [`LogReader`] reads a log for those who keep their position themselves; a [`Telling`] is what people and
//!   programs outside are told of an event.
//!
//! Delivery is at least once, effects are idempotent.

mod consumer;
mod event;
mod log;
mod outbox;
mod relay;
mod service;
mod telling;

pub use consumer::{Consumer, EventHandler};
pub use event::{Event, NewEvent};
pub use log::{Found, LogReader, NO_LOG};
pub use outbox::Outbox;
pub use relay::Relay;
pub use service::{EventLogServer, serve};
pub use telling::{Telling, is_of_type};

/// The generated protocol.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.bus.v1");
}

/// Rung when an event was committed and waits for its position.
const WRITTEN: &str = "outbox.written";
/// Rung when events got positions and can be read.
const POSITIONED: &str = "outbox.positioned";
