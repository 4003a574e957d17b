//! Runs of workflows.

mod approving;
mod defining;
mod ending;
mod flow;
mod resuming;
mod running;
