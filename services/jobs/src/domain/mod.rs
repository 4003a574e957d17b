//! The rules of the engine, without any I/O: states and their transitions, counts, retries, parameters.

pub mod bad_items;
pub mod conditions;
pub mod counts;
pub mod explain;
pub mod kind;
pub mod limit;
pub mod outcome;
pub mod rank;
pub mod retry;
pub mod share;
pub mod state;
pub mod upload;
pub mod workflow;
