//! Runs any set of services in one process: it starts them in the order of their dependencies, links
//! them with each other wherever they run, watches their loops and stops them in the reverse order.
//!
//! A service implements [`Service`] and gets a [`Kit`]; it answers with what it has [`Mounted`]. Nothing in
//! it knows which of its peers share its process.

mod kit;
mod mounted;
mod peers;
mod service;
mod tokens;

pub use kit::Kit;
pub use mounted::{HealthCheck, Loop, Mounted};
pub use service::{Service, ServiceSpec};
