//! The scheduler: what starts runs in time.
//!
//! A time that has come is written down as a *fire*, in the transaction that also sets the next one. Only then is the
//! run submitted, under a key made of schedule and time, and the fire marked. Whoever is killed in between leaves a
//! fire that anybody can submit again: the key finds the same run. See `docs/guide/schedules.md`.

mod config;
pub mod domain;
mod error;
mod http;
pub mod ops;
mod rpc;
mod service;
pub mod store;
mod workers;

pub use config::Config;
pub use error::Error;
pub use service::{MIGRATIONS, SPEC, SchedulerService};
