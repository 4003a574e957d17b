//! The rules of workflows.

mod advancing;
mod checking;
mod properties;
mod resuming;
mod world;
