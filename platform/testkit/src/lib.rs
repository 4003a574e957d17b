//! What tests of every crate share: a PostgreSQL database of their own, and real data where it lies.
//!
//! A helper here fails loudly when the machine is not prepared. A test that is skipped because a
//! server is missing proves nothing, and nobody notices.

pub mod data;
pub mod postgres;
pub mod store;

pub use store::{Store, stores};
