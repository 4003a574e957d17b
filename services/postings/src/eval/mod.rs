//! Measurements of the service's judgment and speed, through the very code that runs in production.

pub mod dedupe;
mod memory;

pub use memory::MemoryIndex;
