//! Webhooks: what happens, told to programs elsewhere.
//!
//! What somebody may see and wished for is written down as a *delivery*, in the transaction that also moves the place in
//! the publisher's log. From there it is sent, at least once and under an id that never changes, until the receiver
//! says that it has it, for a day at most. See `docs/guide/webhooks.md`.

mod config;
mod domain;
mod error;
mod http;
mod ops;
mod send;
mod service;
mod store;
mod workers;

pub use config::Config;
pub use service::{NotificationsService, SPEC};
