//! What tests of every crate share: a PostgreSQL database of their own, real data where it lies, the walk over every
//! endpoint as every caller, and simulated worlds.
//!
//! A helper here fails loudly when the machine is not prepared. A test that is skipped because a
//! server is missing proves nothing, and nobody notices.

mod answer;
pub mod authorization;
pub mod data;
pub mod postgres;
pub mod simulation;
pub mod store;

pub use answer::Answer;
pub use store::{Store, stores};
