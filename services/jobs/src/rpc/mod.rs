//! The engine over gRPC: the worker protocol, and runs for other services.

mod jobs;
mod worker;

pub use jobs::Jobs;
pub use worker::Workers;
