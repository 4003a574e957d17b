//! Runs of workflows.

mod approving;
mod defining;
mod ending;
pub mod flow;
mod resuming;
mod running;
