//! The engine over gRPC: the worker protocol, runs for other services, and Jobber's acknowledgements.

mod jobber;
mod jobs;
mod worker;

pub use jobber::Acknowledgements;
pub use jobs::Jobs;
pub use worker::Workers;
