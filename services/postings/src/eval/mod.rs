//! Measurements of the service's judgment and speed, through the very code that runs in production.

pub mod dedupe;
pub mod ingest;
mod invented;
mod memory;
pub mod search;

pub use memory::MemoryIndex;
