//! The product catalogue: products, and categories whose surcharge makes their prices.
//!
//! It is also the example that other services follow: `domain` computes, `store` speaks SQL, `ops` decide,
//! `http` and `rpc` translate, and one transaction holds the change, its event, its audit entry and the
//! answer kept for its idempotency key.

mod config;
mod domain;
mod error;
mod http;
mod ops;
mod rpc;
mod service;
mod store;

pub use config::Config;
pub use service::{ProductsService, SPEC};
