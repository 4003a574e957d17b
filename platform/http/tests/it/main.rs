//! The shared edge, met by real requests: within the process and over real connections.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod admission;
mod app;
mod edge;
mod events;
mod input;
mod lists;
mod openapi;
mod problems;
mod proxy;
mod server;
mod tls;
