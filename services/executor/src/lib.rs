//! Hosts the kinds of task that belong to no service in particular.
//!
//! Each kind is one file in `kinds`: what it is called, which parameters it takes, and its handler. A kind
//! that needs a service's own data runs in that service instead.

mod config;
mod kinds;
mod service;

pub use config::Config;
pub use kinds::HttpSettings;
pub use service::{ExecutorService, SPEC};
