//! The postings service: what sources show, made into one canonical posting each, and found again.
//!
//! [`domain`] computes and knows no database or network; [`eval`] measures it on labelled data through the same
//! code that runs in production.

pub mod domain;
pub mod eval;
