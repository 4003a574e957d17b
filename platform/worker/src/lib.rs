//! The worker protocol, and the loop that claims tasks and runs handlers.
//!
//! A service describes its kinds with [`KindSpec`], implements [`Handler`] (or [`BlockingHandler`] for work
//! that keeps a core busy), collects them in [`Handlers`], and runs a [`Worker`]. What the engine promises,
//! a handler can rely on: a task is delivered at least once, and only the holder of its lease can complete
//! it. So a handler makes its effects idempotent, by [`TaskContext::idempotency_key`], and nothing more.
//!
//! The loop costs nothing while there is no work: it waits in one long poll. While there is, it claims in
//! batches, sends outcomes along with the next claim, and holds no more than it can work off at once.

mod attempt;
mod backoff;
mod calls;
mod context;
mod dispatcher;
mod error;
mod handler;
mod kind;
mod lease;
mod metrics;
mod output;
mod pace;
mod pending;
mod stop;
mod stopping;
mod ticket;
mod worker;

pub use context::TaskContext;
pub use error::{Permanent, Retryable, TaskError};
pub use handler::{BlockingHandler, Done, Handler, Handlers};
pub use kind::KindSpec;
pub use output::Stream;
pub use stop::{Stop, StopCause};
pub use worker::{Worker, WorkerOptions};

/// What the protocol says, for tools that ask a running service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The generated protocol; documented in `proto/metier/worker/v1/worker.proto`.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("metier.worker.v1");
}
