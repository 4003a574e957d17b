//! The single public door: who may come in, and where they go.
//!
//! It authenticates once and passes on a token that each service verifies by itself, so a service trusts the
//! signature and not the door. It keeps no data and knows nothing of what it passes but the first part of the
//! path. See the README for the table and the limits.

mod address;
mod clients;
mod config;
mod console;
mod docs;
mod domain;
mod door;
mod entry;
mod events;
mod exchange;
mod openjobs;
mod proxy;
mod reference;
mod rpc;
mod service;
mod tls;

pub use config::{Config, CorsConfig, LimitsConfig};
pub use console::has_console;
pub use service::{GatewayService, SPEC};
