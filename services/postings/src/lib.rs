//! The postings service: what sources show, made into one canonical posting each, and found again.
//!
//! [`domain`] computes and knows no database or network; [`search`] keeps one replica's full-text index;
//! [`eval`] measures both on labelled data through the same code that runs in production.

pub mod domain;
pub mod eval;
pub mod search;
