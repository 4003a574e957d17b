//! The rules of postings: pure functions over values, with time and identity handed in.
//!
//! The way of a posting: [`dialect`] reads what a plugin answered and [`posting`] validates and normalizes each
//! entry on its own.

pub mod dialect;
pub mod posting;
