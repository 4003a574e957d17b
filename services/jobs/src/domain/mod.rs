//! The rules of the engine, without any I/O: states and their transitions, counts, retries, parameters.

pub mod counts;
pub mod explain;
pub mod kind;
pub mod outcome;
pub mod retry;
pub mod state;
